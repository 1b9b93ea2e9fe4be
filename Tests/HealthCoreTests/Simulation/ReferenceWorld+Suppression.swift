import HealthCore

/// Whose alerts are suppressed, worked out anew at every update (§5.7).
extension ReferenceWorld {
    /// Remembers what is suppressed by what.
    mutating func updateSuppression(_ picture: Picture, at now: Moment) {
        func isDown(_ name: String) -> Bool {
            if let group = registry.groups.first(where: { $0.name == name }) {
                let isPlanned = group.members.compactMap { index($0) }.allSatisfy { picture.maintenance[$0] }
                return status(of: group, picture.real, picture.isIn) == .unhealthy && !isPlanned
            }
            return index(name).map { picture.real[$0] == .unhealthy && !picture.maintenance[$0] } ?? false
        }
        func needs(_ name: String) -> Set<String> {
            var found: Set<String> = []
            var queue = index(name).map { registry.components[$0].registration.dependencies } ?? []
            while let next = queue.popLast() {
                guard found.insert(next).inserted else { continue }
                queue += index(next).map { registry.components[$0].registration.dependencies } ?? []
            }
            return found
        }
        func pages(_ name: String) -> Bool {
            if let group = registry.groups.first(where: { $0.name == name }) { return group.impact == .critical }
            let isMember = registry.groups.contains { $0.members.contains(name) }
            return index(name).map { registry.components[$0].registration.impact == .critical && !isMember } ?? false
        }
        for (number, component) in registry.components.enumerated() {
            let name = component.registration.name
            // A page is never left to a warning.
            let group = registry.groups.first { $0.members.contains(name) }
            let isLoud = (group?.impact ?? component.registration.impact) == .critical
            let down = needs(name).filter { isDown($0) && (pages($0) || !isLoud) }
            let roots = down.filter { needs($0).isDisjoint(with: down) }
            let grace = component.registration.checks.map { $0.schedule.interval + $0.schedule.timeout }.max() ?? .zero
            if picture.real[number] == .healthy {
                if suppressed[name] != nil { coverage.record(.suppressionEndedByHealth) }
                suppressed[name] = nil
            } else if !roots.isEmpty {
                coverage.record(.suppression, if: suppressed[name] == nil)
                coverage.record(
                    .suppressionThroughOthers,
                    if: !component.registration.dependencies.contains { roots.contains($0) }
                )
                suppressed[name] = (roots.sorted(), nil)
            } else if let suppression = suppressed[name] {
                let end = suppression.end ?? now.advanced(by: grace)
                suppressed[name] = end < now ? nil : (suppression.roots, end)
                coverage.record(.suppressionEndedByTime, if: end < now)
            }
        }
    }
}
