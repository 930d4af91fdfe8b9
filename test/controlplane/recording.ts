import { readFileSync } from 'node:fs'

/** One exchange with a real kube-apiserver 1.32. */
export interface Exchange {
  readonly what: string
  readonly request: { readonly method: string; readonly path: string; readonly body?: unknown; readonly accept?: string; readonly contentType?: string }
  readonly response: { readonly status: number; readonly body: unknown }
}

const path = new URL('fixtures/apiserver-1.32.json', import.meta.url)
const exchanges = JSON.parse(readFileSync(path, 'utf8')) as readonly Exchange[]

/** The exchange with that title. */
export function recorded(what: string): Exchange {
  const found = exchanges.find((exchange) => exchange.what === what)
  if (!found) throw new Error(`the recording has no exchange ${JSON.stringify(what)}`)
  return found
}
