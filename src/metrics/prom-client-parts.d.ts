// The package has no types for its parts. All of it loads OpenTelemetry for process metrics that are not used: 17 MB in each thread.
declare module 'prom-client/lib/counter.js' {
  // biome-ignore lint/style/noDefaultExport: the module's own shape.
  export { Counter as default } from 'prom-client'
}
declare module 'prom-client/lib/gauge.js' {
  // biome-ignore lint/style/noDefaultExport: the module's own shape.
  export { Gauge as default } from 'prom-client'
}
declare module 'prom-client/lib/histogram.js' {
  // biome-ignore lint/style/noDefaultExport: the module's own shape.
  export { Histogram as default } from 'prom-client'
}
declare module 'prom-client/lib/registry.js' {
  // biome-ignore lint/style/noDefaultExport: the module's own shape.
  export { Registry as default } from 'prom-client'
}
declare module 'prom-client/lib/cluster.js' {
  // biome-ignore lint/style/noDefaultExport: the module's own shape.
  export { AggregatorRegistry as default } from 'prom-client'
}
