import { goQuote } from '../../../../base/go-quote.ts'
import type { KubeObject } from '../../../../kube/objects.ts'
import type { RestEnvironment } from '../../rest/environment.ts'
import { selectorTest } from '../matching.ts'
import type { ClientConfig } from './configuration.ts'

/** Where a webhook is called: what the request says of it, and where its connection goes. */
export interface WebhookAddress {
  /** As messages show it, without the query. */
  readonly url: URL
  /** The name that its certificate must be for. */
  readonly serverName: string
  readonly host: string
  readonly port: number
}

/** All that an address is found by. */
type StoreOnly = Pick<RestEnvironment, 'store'>

/** A service that leads nowhere; the message is kube-apiserver's. */
export class NoAddress extends Error {}

/** As kube-apiserver says that a webhook has no address. */
export function unreachable({ service, url }: ClientConfig, timeoutSeconds: number, { message }: NoAddress): string {
  const shown = url ?? `https://${service?.name}.${service?.namespace}.svc:${service?.port ?? 443}${service?.path ?? ''}`
  return `Post ${goQuote(`${shown}?timeout=${timeoutSeconds}s`)}: ${message}`
}

interface ServicePort {
  readonly name?: string
  readonly port: number
  readonly targetPort?: number | string
}

interface Service extends KubeObject {
  readonly spec?: {
    readonly type?: string
    readonly clusterIP?: string
    readonly externalName?: string
    readonly ports?: readonly ServicePort[]
    readonly selector?: Readonly<Record<string, string>>
  }
}

interface EndpointSlice extends KubeObject {
  readonly endpoints?: readonly { readonly addresses?: readonly string[]; readonly conditions?: { readonly ready?: boolean } }[]
  readonly ports?: readonly { readonly name?: string; readonly port?: number }[]
}

interface Endpoints extends KubeObject {
  readonly subsets?: readonly {
    readonly addresses?: readonly { readonly ip: string }[]
    readonly ports?: readonly { readonly name?: string; readonly port: number }[]
  }[]
}

/** Where a webhook's client configuration leads. Throws `NoAddress`. */
export function addressOf({ url, service }: ClientConfig, environment: StoreOnly): WebhookAddress {
  if (url !== undefined) return ofUrl(url)
  if (!service) throw new NoAddress('webhook configuration must have either service or URL')
  const { namespace, name, path = '', port = 443 } = service
  const serverName = `${name}.${namespace}.svc`
  const shown = new URL(`https://${serverName}:${port}${path.startsWith('/') || path === '' ? path : `/${path}`}`)
  return { url: shown, serverName, ...endpointOf(namespace, name, port, environment) }
}

function ofUrl(text: string): WebhookAddress {
  if (!URL.canParse(text)) throw new NoAddress(`Unparsable webhook URL: ${text}`)
  const url = new URL(text)
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  return { url, serverName: host, host, port: Number(url.port) || 443 }
}

/**
 * What a service leads to. Its cluster IP is routed nowhere where no node runs a proxy, as in a test: an endpoint of it is taken
 * where it has one that is ready, else the cluster IP.
 */
function endpointOf(namespace: string, name: string, port: number, environment: StoreOnly): { readonly host: string; readonly port: number } {
  const { store } = environment
  const spec = (store.get('services/specs', `${namespace}/${name}`)?.object as Service | undefined)?.spec
  if (!spec) throw new NoAddress(`service ${JSON.stringify(name)} not found`)
  if (spec.type === 'ExternalName') return { host: spec.externalName ?? '', port }
  const servicePort = spec.ports?.find((entry) => entry.port === port)
  if (!servicePort) throw new NoAddress(`no service port ${port} found for service ${JSON.stringify(name)}`)
  const endpoint =
    sliceEndpoint(namespace, name, servicePort, environment) ??
    endpointsEndpoint(namespace, name, servicePort, environment) ??
    podEndpoint(namespace, spec.selector, servicePort, environment)
  if (endpoint) return endpoint
  if (!spec.clusterIP || spec.clusterIP === 'None') throw new NoAddress(`no endpoints available for service ${JSON.stringify(name)}`)
  return { host: spec.clusterIP, port }
}

type Place = { readonly host: string; readonly port: number } | undefined

const within = (prefix: string, namespace: string, { store }: StoreOnly) =>
  [...store.collection(prefix).entries(namespace, undefined).inOrder()].map(({ object }) => object)

function sliceEndpoint(namespace: string, service: string, { name = '' }: ServicePort, environment: StoreOnly): Place {
  for (const slice of within('endpointslices', namespace, environment) as EndpointSlice[]) {
    if (slice.metadata?.labels?.['kubernetes.io/service-name'] !== service) continue
    const port = slice.ports?.find((entry) => (entry.name ?? '') === name)?.port
    const host = slice.endpoints?.find(({ conditions }) => conditions?.ready !== false)?.addresses?.[0]
    if (host !== undefined && port !== undefined) return { host, port }
  }
  return undefined
}

function endpointsEndpoint(namespace: string, service: string, { name = '' }: ServicePort, { store }: StoreOnly): Place {
  const endpoints = (store.get('services/endpoints', `${namespace}/${service}`) ?? store.get('endpoints', `${namespace}/${service}`))?.object as
    | Endpoints
    | undefined
  for (const { addresses = [], ports = [] } of endpoints?.subsets ?? []) {
    const port = ports.find((entry) => (entry.name ?? '') === name)?.port
    if (addresses[0] && port !== undefined) return { host: addresses[0].ip, port }
  }
  return undefined
}

interface PodLike extends KubeObject {
  readonly spec?: { readonly containers?: readonly { readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[] }[] }
  readonly status?: { readonly podIP?: string; readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

/** Where nobody keeps endpoints: a ready pod that the service selects. */
function podEndpoint(
  namespace: string,
  selector: Readonly<Record<string, string>> | undefined,
  { port, targetPort }: ServicePort,
  environment: StoreOnly,
): Place {
  if (!selector || Object.keys(selector).length === 0) return undefined
  const selects = selectorTest({ matchLabels: selector })
  for (const { metadata, spec, status } of within('pods', namespace, environment) as PodLike[]) {
    const ready = status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True')
    if (!ready || !status?.podIP || !selects(metadata?.labels)) continue
    const named = (name: string) => spec?.containers?.flatMap(({ ports = [] }) => ports).find((entry) => entry.name === name)?.containerPort
    const target = typeof targetPort === 'string' ? named(targetPort) : (targetPort ?? port)
    if (target !== undefined) return { host: status.podIP, port: target }
  }
  return undefined
}
