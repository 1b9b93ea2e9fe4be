package import HealthChecks
package import HealthCore
package import Logging

/// The `readiness` section: how readiness is decided.
package struct ReadinessSettings: Settings {
    package var unknown = UnknownPolicy.notReady

    /// The default: unknown of a critical component makes the service not ready.
    package init() {}

    package static let keys: [SettingKey<ReadinessSettings>] = [
        SettingKey(
            "unknown",
            in: \.unknown,
            as: .choice(),
            "What unknown of a critical component does once the service has been ready.",
            traits: .restart
        )
    ]
}

/// The `shutdown` section: how long to drain and to wait.
package struct ShutdownSettings: Settings {
    package var drain = Duration.seconds(5)
    package var grace = Duration.seconds(20)

    /// The defaults, in which the drain is shorter than the grace that contains it.
    package init() {}

    package static let keys: [SettingKey<ShutdownSettings>] = [
        SettingKey(
            "drain",
            in: \.drain,
            as: .duration(atLeast: .zero),
            "How long everything goes on, not ready, after SIGTERM.",
            traits: .restart
        ),
        SettingKey("grace", in: \.grace, as: .duration, "From the signal to the end at the latest.", traits: .restart),
    ]

    package func validate(_ reader: SettingsReader) {
        guard drain >= grace else { return }
        let shownDrain = reader.shown("drain", SettingText.text(of: drain))
        let shownGrace = reader.shown("grace", SettingText.text(of: grace))
        reader.problem(
            "drain",
            "drain (\(shownDrain)) must be shorter than grace (\(shownGrace)), which contains it"
        )
    }
}

/// The `logs` section: what is logged and how.
package struct LogSettings: Settings {
    /// How log lines look.
    package enum Format: String, CaseIterable, Sendable {
        case json, text
    }

    package var level = Logger.Level.info
    package var format = Format.json

    /// The defaults: lines in JSON, from level `info` on.
    package init() {}

    package static let keys: [SettingKey<LogSettings>] = [
        SettingKey("level", in: \.level, as: .choice(), "The least important level that is written."),
        SettingKey("format", in: \.format, as: .choice(), "", traits: .restart),
    ]
}

/// The `metrics` section: what `/metrics` shows.
package struct MetricsSettings: Settings {
    /// Which samples carry environment, version and instance.
    package enum Labels: String, CaseIterable, Sendable {
        case all, info
    }

    package var labels = Labels.all
    package var profile = MetricProfile.standard
    package var histograms = HistogramForms.classic

    /// What a page has.
    package var selection: MetricSelection { MetricSelection(profile: profile, histograms: histograms) }

    /// The defaults: every label on every sample, and what the dashboards show.
    package init() {}

    package static let keys: [SettingKey<MetricsSettings>] = [
        SettingKey(
            "labels",
            in: \.labels,
            as: .choice(),
            "Whether every sample carries environment, version and instance, or target_info alone.",
            traits: .restart
        ),
        SettingKey(
            "profile",
            in: \.profile,
            as: .choice(),
            "Which metrics there are: lean for alerts, standard for the dashboards, full for all.",
            traits: .restart
        ),
        SettingKey(
            "histograms",
            in: \.histograms,
            as: .choice(),
            "In which form durations are shown as histograms; native ones are scraped as protocol buffers.",
            traits: .restart
        ),
    ]
}
