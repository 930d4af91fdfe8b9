import type { Clock } from '../../../src/base/clock.ts'
import { goQuote } from '../../../src/base/go-quote.ts'
import type { ContainerEngine, ContainerId } from '../../../src/engine/engine.ts'
import type { Container, Probe } from '../../../src/kube/objects.ts'
import { kubernetesMinor } from '../../../src/kube/version.ts'
import { probeExec } from './exec-probe.ts'
import { probeGrpc } from './grpc-probe.ts'
import { type HttpTarget, probeHttp } from './http-probe.ts'
import type { ProbeOutcome } from './outcome.ts'
import { probeTcp } from './tcp-probe.ts'

export const probeUserAgent = `kube-probe/${kubernetesMinor}`

/** How probes and hooks reach a pod's ports. `podNetwork` is the real one; a simulated engine brings its own. */
export interface PodNetwork {
  readonly http: typeof probeHttp
  readonly tcp: typeof probeTcp
  readonly grpc: typeof probeGrpc
}

export const podNetwork: PodNetwork = { http: probeHttp, tcp: probeTcp, grpc: probeGrpc }

/** What a probe needs of its host. */
export interface ProbeTools {
  readonly engine: ContainerEngine
  readonly network: PodNetwork
  readonly clock: Clock
}

/** A running container to be probed. */
export interface ProbedContainer {
  readonly id: ContainerId
  readonly spec: Container
  /** The pod's address, or the node's with host network; undefined while there is none. */
  readonly ip: string | undefined
}

type HttpGet = NonNullable<Probe['httpGet']>

/** kubelet, `ResolveContainerPort`: a port by number or by the name of one of the container's ports; else a sentence why there is none. */
export function resolvePort(port: unknown, container: Container): number | string {
  const named = typeof port === 'string' ? container.ports?.find((each) => each.name === port)?.containerPort : undefined
  if (typeof port === 'string' && named === undefined && !/^[+-]?\d+$/.test(port)) return `strconv.Atoi: parsing ${goQuote(port)}: invalid syntax`
  const number = named ?? Number(port)
  return Number.isInteger(number) && number > 0 && number < 65_536 ? number : `invalid port number: ${number}`
}

/** Where an httpGet of a probe or a hook goes; a sentence when that cannot be told. */
export function httpTarget(get: HttpGet, container: Container, ip: string | undefined): HttpTarget | string {
  const port = resolvePort(get.port, container)
  if (typeof port === 'string') return port
  const host = get.host || ip
  if (!host) return 'the pod has no IP yet'
  return { scheme: get.scheme?.toUpperCase() === 'HTTPS' ? 'https' : 'http', host, port, path: get.path ?? '/', headers: get.httpHeaders ?? [] }
}

/** One try of `probe`. Never throws for what a pod or its engine does. */
export async function tryProbe(probe: Probe, container: ProbedContainer, timeoutMs: number, tools: ProbeTools, signal: AbortSignal): Promise<ProbeOutcome> {
  const { id, spec, ip } = container
  if (probe.exec) return probeExec(tools.engine, id, probe.exec.command ?? [], timeoutMs, signal)
  if (probe.httpGet) {
    const target = httpTarget(probe.httpGet, spec, ip)
    if (typeof target === 'string') return { result: 'unknown', output: target }
    return tools.network.http(target, { userAgent: probeUserAgent, timeoutMs, signal, clock: tools.clock })
  }
  const socket = probe.tcpSocket ?? probe.grpc
  const host = probe.tcpSocket?.host || ip
  const port = resolvePort(socket?.port, spec)
  if (!socket) return { result: 'unknown', output: 'the probe has no handler' }
  if (!host) return { result: 'unknown', output: 'the pod has no IP yet' }
  if (typeof port === 'string') return { result: 'unknown', output: port }
  if (probe.tcpSocket) return tools.network.tcp(host, port, timeoutMs, signal)
  return tools.network.grpc(host, port, probe.grpc?.service ?? '', timeoutMs, probeUserAgent, signal)
}
