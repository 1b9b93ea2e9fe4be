// The rules and dashboards of this repository in the shape of a monitoring mixin. Nothing is written twice: the rules are read from
// ../prometheus/rules.yaml, the dashboards from ../../dashboards.
{
  _config+:: {
    // Where the runbooks are; %s is the name of the page. A component's own `runbook` still goes first.
    runbookURLPattern: runbookURLPattern,
    // The address of Grafana, without a slash at its end, to put before the paths in `dashboard_url`.
    grafanaURL: '',
    // The folder in Grafana, for those who read it from here.
    grafanaDashboardFolder: 'Health',
  },

  local runbookURLPattern = 'https://github.com/health-exporter/health-exporter/blob/main/deploy/runbooks/%s.md',
  local runbookURL = std.split(runbookURLPattern, '%s'),
  local groups = std.parseYaml(importstr '../prometheus/rules.yaml').groups,

  // The text with each link to a runbook of ours replaced.
  local withRunbook(text) =
    local parts = std.split(text, runbookURL[0]);
    std.join('', [parts[0]] + [
      local end = std.findSubstr(runbookURL[1], part)[0];
      std.strReplace($._config.runbookURLPattern, '%s', part[:end]) + part[end + std.length(runbookURL[1]):]
      for part in parts[1:]
    ]),

  // Annotations that lead to where the reader has the pages and dashboards.
  local withLinks(annotations) =
    annotations
    { runbook_url: withRunbook(super.runbook_url) }
    + (
      if 'dashboard_url' in annotations
      then { dashboard_url: std.strReplace(super.dashboard_url, '/d/health', $._config.grafanaURL + '/d/health') }
      else {}
    ),

  // Groups keep their names and order; one that both records and alerts would appear in both.
  local groupsWith(key, change=function(rule) rule) = [
    group { rules: [change(rule) for rule in group.rules if key in rule] }
    for group in groups
    if std.length([rule for rule in group.rules if key in rule]) > 0
  ],

  prometheusRules+:: { groups+: groupsWith('record') },

  prometheusAlerts+:: {
    groups+: groupsWith(
      'alert',
      function(rule) rule { annotations: withLinks(super.annotations) },
    ),
  },

  grafanaDashboardFolder:: $._config.grafanaDashboardFolder,
  grafanaDashboards+:: {
    'health-component.json': import '../../dashboards/health-component.json',
    'health-exporter.json': import '../../dashboards/health-exporter.json',
    'health-objectives.json': import '../../dashboards/health-objectives.json',
    'health-overview.json': import '../../dashboards/health-overview.json',
  },
}
