import { parentPort } from 'node:worker_threads'

// The least a consumer can do: look at every message and acknowledge the batch.
let seen = 0
parentPort?.on('message', (batch: readonly { readonly to: string }[]) => {
  for (const message of batch) seen += message.to.length
  parentPort?.postMessage(batch.length)
})
process.on('exit', () => void seen)
