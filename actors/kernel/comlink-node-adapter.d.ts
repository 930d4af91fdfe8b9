// comlink ships this module's types under another ending than its code.
declare module 'comlink/dist/esm/node-adapter.mjs' {
  import type { MessagePort } from 'node:worker_threads'
  import type { Endpoint } from 'comlink'

  const nodeEndpoint: (port: MessagePort) => Endpoint
  // biome-ignore lint/style/noDefaultExport: the module's own shape.
  export default nodeEndpoint
}
