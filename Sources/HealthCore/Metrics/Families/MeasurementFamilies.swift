extension MetricSource {
    /// What checks measure: one family for each measurement that a registered check declares.
    package static let measurements = MetricSource { scrape in
        let families = MeasurementFamilies.declared(by: scrape.checks)
        return MetricSection(families, blocks: [MetricBlock(scrape.checks)], scrape.selection)
    }
}

/// The families of the measurements; which there are depends on the registered checks.
package enum MeasurementFamilies {
    /// What a page says about a measurement.
    package static func declaration(_ measurement: Measurement) -> MetricDeclaration {
        family(measurement).declaration
    }

    /// In the order in which checks first declare them.
    static func declared(by rows: CheckRows) -> [MetricFamily<CheckRows>] {
        var families: [MetricFamily<CheckRows>] = []
        var names: Set<String> = []
        for row in rows.all {
            for measurement in row.registration.check.measurements where names.insert(measurement.name).inserted {
                families.append(family(measurement))
            }
        }
        return families
    }

    /// A value is absent once it was not measured for the check's maximum age.
    private static func family(_ measurement: Measurement) -> MetricFamily<CheckRows> {
        let declaration = MetricDeclaration(
            measurement.name,
            type: .gauge,
            labels: ["component", "check"],
            from: .lean,
            help: measurement.help
        )
        return MetricFamily(declaration) { rows, writer in
            for row in rows.all {
                let maximumAge = row.registration.schedule.maximumAge
                if let value = row.metrics.value(of: measurement, at: rows.now, maximumAge: maximumAge) {
                    writer.sample(value, labels: row.labels)
                }
            }
        }
    }
}
