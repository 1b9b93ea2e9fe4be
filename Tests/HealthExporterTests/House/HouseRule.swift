import Testing

/// Something in a file that a rule of the house forbids.
struct HouseViolation: CustomStringConvertible {
    var path: String
    var line: Int
    var what: String

    var description: String { "\(path):\(line): \(what)" }
}

/// A rule that all of `Sources` is held to.
struct HouseRule: Sendable, CustomTestStringConvertible {
    /// What it says.
    let name: String
    /// What breaks it.
    let find: @Sendable ([SourceFile]) -> [HouseViolation]

    var testDescription: String { name }

    /// A rule that looks at one declaration at a time.
    private static func ofDeclarations(
        _ name: String,
        find: @escaping @Sendable (SourceDeclaration, [SourceDeclaration]) -> String?
    ) -> HouseRule {
        HouseRule(name: name) { files in
            files.flatMap { file in
                file.declarations.compactMap { declaration in
                    find(declaration, file.declarations).map {
                        HouseViolation(path: file.path, line: declaration.line, what: $0)
                    }
                }
            }
        }
    }

    /// A rule that looks at one line of code at a time.
    private static func ofLines(
        _ name: String,
        outside folder: String? = nil,
        find: @escaping @Sendable (Substring) -> String?
    ) -> HouseRule {
        HouseRule(name: name) { files in
            files.filter { file in folder.map { !file.path.hasPrefix($0) } ?? true }.flatMap { file in
                file.codeLines.enumerated().compactMap { index, line in
                    find(line).map { HouseViolation(path: file.path, line: index + 1, what: $0) }
                }
            }
        }
    }

    static let shortFiles = HouseRule(name: "a file has at most 250 lines") { files in
        files.filter { $0.lineCount > 250 }.map {
            HouseViolation(path: $0.path, line: 251, what: "\($0.lineCount) lines")
        }
    }

    static let noContinuations = HouseRule(name: "a file has a name of its own, and continues no other one") { files in
        files.filter { $0.path.contains("+") }.map { HouseViolation(path: $0.path, line: 1, what: "+") }
    }

    static let shortFunctions = ofDeclarations("a function has at most 50 lines") { declaration, _ in
        let lines = declaration.lastLine - declaration.line + 1
        let hasBody = declaration.kind.isCallable || declaration.kind == .variable
        return hasBody && lines > 50 ? "\(declaration.kind.rawValue) \(declaration.name) has \(lines)" : nil
    }

    static let labelledParameters = ofDeclarations("a function has at most two unlabelled parameters") {
        declaration,
        _ in
        let unlabelled = declaration.parameters.count { $0.hasPrefix("_ ") }
        guard unlabelled > 2 else { return nil }
        return "\(declaration.kind.rawValue) \(declaration.name) has \(unlabelled)"
    }

    /// Variables of a class, an actor, of what is named a state, and of a struct that changes itself; settings and records that are
    /// filled in once hold no state.
    static let littleState = HouseRule(name: "a type has at most eight variables that are state") { files in
        // Methods that change a type may stand in any of its extensions.
        var changing: Set<String> = []
        for all in files.map(\.declarations) {
            for method in all where method.modifiers.contains("mutating") {
                if let parent = method.parents.last { changing.insert(qualifiedName(of: all[parent], in: all)) }
            }
        }
        return files.flatMap { file in
            let all = file.declarations
            return all.indices.compactMap { index -> HouseViolation? in
                let type = all[index]
                let name = qualifiedName(of: type, in: all)
                let isState =
                    [.class, .actor].contains(type.kind) || name.hasSuffix("State") || changing.contains(name)
                let isRecord = ["Settings", "Configuration", "Parser", "Reader"].contains(where: name.hasSuffix)
                guard type.kind.isType, type.kind != .extension, isState, !isRecord else { return nil }
                let count = all.count {
                    $0.kind == .variable && !$0.isComputed && $0.parents.last == index
                        && !$0.modifiers.contains("local")
                        && !$0.modifiers.contains("static")
                }
                return count > 8 ? HouseViolation(path: file.path, line: type.line, what: "\(name) has \(count)") : nil
            }
        }
    }

    private static func qualifiedName(of type: SourceDeclaration, in all: [SourceDeclaration]) -> String {
        (type.parents.map { all[$0].name } + [type.name]).joined(separator: ".")
    }

    static let platformInItsRoom = ofLines("what differs between systems is in Platform", outside: "Sources/Platform/")
    {
        line in
        guard line.contains("#") else { return nil }
        let isCondition = line.contains(/^\s*#(if|elseif)/)
        return isCondition && line.contains(/canImport\((Darwin|Glibc|Musl|Android)|\bos\(/) ? "\(line)" : nil
    }

    /// A simulation starts tasks on its own executor; nothing else may.
    static let structuredTasks = ofLines("tasks are structured", outside: "Sources/HealthTesting/Simulation.swift") {
        line in
        guard line.contains("Task") else { return nil }
        return line.contains(/\bTask(\.detached)?\s*[\({]/) ? "an unstructured task" : nil
    }

    static let checkedConcurrency = ofLines("nothing is exempt from the compiler's checks of concurrency") { line in
        line.contains("@unchecked") || line.contains("nonisolated(unsafe)") ? "unchecked" : nil
    }

    static let documentedFunctions = ofDeclarations(
        "a type or function that is not private has a documentation comment"
    ) {
        declaration,
        all in
        guard ![.variable, .constant].contains(declaration.kind), isUndocumented(declaration, in: all) else {
            return nil
        }
        return "\(declaration.kind.rawValue) \(declaration.name)"
    }

    static let documentedVariables = ofDeclarations("a variable that is not private has a documentation comment") {
        declaration,
        all in
        guard [.variable, .constant].contains(declaration.kind), isUndocumented(declaration, in: all) else {
            return nil
        }
        return "\(declaration.kind.rawValue) \(declaration.name)"
    }

    /// Requirements of well-known protocols, documented there, and implemented in the bodies of types.
    private static let requirements: Set = [
        "==", "<", "hash", "description", "debugDescription", "encode", "next", "makeIterator", "run", "channelActive",
        "channelInactive", "channelRead", "channelReadComplete", "channelWritabilityChanged", "errorCaught",
        "handlerAdded", "handlerRemoved", "userInboundEventTriggered", "triggerUserOutboundEvent", "write", "close",
        "flush", "InboundIn", "InboundOut", "OutboundIn", "OutboundOut", "configuration", "publish",
    ]

    /// What settings consist of; their properties are documented by their keys.
    private static let partsOfSettings: Set = ["keys", "validate", "makeCheck"]

    /// Members of a conformance are documented by its protocol, and what is private need not be.
    private static func isUndocumented(_ declaration: SourceDeclaration, in all: [SourceDeclaration]) -> Bool {
        let parents = declaration.parents.map { all[$0] }
        let hidden: Set = ["private", "fileprivate", "local", "override"]
        if let parent = parents.last, parent.kind == .struct, parent.name.hasSuffix("Settings"),
            declaration.kind == .variable || partsOfSettings.contains(declaration.name)
        {
            return false
        }
        return !declaration.isDocumented && declaration.kind != .extension && declaration.kind != .deinitializer
            && hidden.isDisjoint(with: declaration.modifiers) && !requirements.contains(declaration.name)
            && !parents.contains { !hidden.isDisjoint(with: $0.modifiers) }
            && !parents.contains { $0.kind == .extension && $0.hasConformances }
    }

    static let words = HouseRule(name: "identifiers, comments and texts use the field's words") { files in
        files.flatMap { file in
            file.codeLines.indices.flatMap { index -> [HouseViolation] in
                let wrong =
                    HouseWords.wrong(inCode: file.codeLines[index], of: file.path)
                    + HouseWords.wrong(inProse: file.proseLines[index])
                return wrong.map { HouseViolation(path: file.path, line: index + 1, what: $0) }
            }
        }
    }

    static let plainTypeNames = ofDeclarations("a type's name says whose cause, problem or change it is") {
        declaration,
        _ in
        let isType = declaration.kind.isType && declaration.kind != .extension || declaration.kind == .typealias
        let isPlain = ["Cause", "Problem", "Change"].contains(declaration.name)
        return isType && isPlain && declaration.parents.isEmpty ? declaration.name : nil
    }

    static let all = [
        shortFiles, noContinuations, shortFunctions, labelledParameters, littleState, platformInItsRoom,
        structuredTasks, checkedConcurrency, documentedFunctions, documentedVariables, words, plainTypeNames,
    ]
}
