// Proof that each upcoming feature named in Package.swift is really on: the compiler ignores a misspelt name in silence.
#if !hasFeature(ExistentialAny)
#error("ExistentialAny is off")
#endif
#if !hasFeature(InternalImportsByDefault)
#error("InternalImportsByDefault is off")
#endif
#if !hasFeature(MemberImportVisibility)
#error("MemberImportVisibility is off")
#endif
#if !hasFeature(InferIsolatedConformances)
#error("InferIsolatedConformances is off")
#endif
#if !hasFeature(NonisolatedNonsendingByDefault)
#error("NonisolatedNonsendingByDefault is off")
#endif
#if !hasFeature(ImmutableWeakCaptures)
#error("ImmutableWeakCaptures is off")
#endif
#if !hasFeature(StrictMemorySafety)
#error("StrictMemorySafety is off")
#endif
