import { backoffDelay } from '../base/backoff.ts'
import { type Clock, sleep } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { type KubeClient, KubeError } from '../kube/client.ts'
import { type Certificate, readCertificate } from './certificate.ts'
import type { CertificateStore } from './certificate-store.ts'
import { approvalPatienceMs, renewalTime, requestBackoff } from './renewal-time.ts'
import { requestCertificate } from './request-certificate.ts'
import { makeSigningRequest } from './signing-request.ts'
import { type CertificateTemplate, sameTemplate, satisfies } from './template.ts'

export interface CertificateManagerOptions {
  readonly store: CertificateStore
  readonly signerName: string
  readonly usages: readonly string[]
  /** What the certificate must name now; undefined while that is not known. */
  template(): CertificateTemplate | undefined
  /** In force until there is one in the store (from a kubeconfig, from `--tls-cert-file`). */
  readonly initial?: Certificate
  /** Who asks: looked for at each request. */
  client(): KubeClient
  readonly clock: Clock
  readonly log: Logger
  readonly random?: () => number
}

/** What was issued, if it can be used at all: else the one in force stays. Throws and says what was issued. */
function usable(certPem: string, keyPem: string, now: number): string {
  let certificate: Certificate
  try {
    certificate = readCertificate(certPem, keyPem)
  } catch (cause) {
    const begins = JSON.stringify(certPem.slice(0, 40))
    throw new Error(`what was issued is no certificate for the key: ${cause instanceof Error ? cause.message : String(cause)}; it begins ${begins}`, { cause })
  }
  if (certificate.notAfter <= now) throw new Error(`the certificate issued has ended already, at ${new Date(certificate.notAfter).toISOString()}`)
  return certPem
}

/** What metrics tell of a certificate that is kept in force. */
export interface CertificateState {
  /** When it ends, or ended, in milliseconds since the epoch; undefined while there is none. */
  readonly endsAt: number | undefined
  /** Requests so far that came to nothing. */
  readonly renewErrors: number
}

/** Clocks of machines jump: the time of renewal is looked at anew this often. */
const longestSleepMs = 3600_000

/** Keeps one certificate in force: requests the first, and the next before it ends or when it no longer names what it must (client-go's certificate manager). */
export class CertificateManager implements CertificateState {
  readonly #options: CertificateManagerOptions
  readonly #listeners = new Set<(certificate: Certificate) => void>()
  #certificate: Certificate | undefined
  #renewAt = 0
  #renewErrors = 0
  /** The request under way: what it asks for, and how to give it up. */
  #asked: { readonly template: CertificateTemplate; readonly stop: AbortController } | undefined
  #wake: AbortController | undefined

  private constructor(options: CertificateManagerOptions) {
    this.#options = options
  }

  /** Loads what the store holds; what cannot be used of it is requested anew. */
  static async load(options: CertificateManagerOptions): Promise<CertificateManager> {
    const manager = new CertificateManager(options)
    const stored = await options.store.current(options.log)
    const found = stored ?? options.initial
    if (found) manager.#adopt(found)
    return manager
  }

  /** The certificate in force; undefined while there is none, or when it has ended. */
  get current(): Certificate | undefined {
    const ended = this.#certificate !== undefined && this.#certificate.notAfter < this.#options.clock.wall()
    return ended ? undefined : this.#certificate
  }

  get endsAt(): number | undefined {
    return this.#certificate?.notAfter
  }

  get renewErrors(): number {
    return this.#renewErrors
  }

  /** Called with each new certificate. */
  onChange(listener: (certificate: Certificate) => void): void {
    this.#listeners.add(listener)
  }

  /** To be called when the template may say something else than before. */
  templateChanged(): void {
    const wanted = this.#options.template()
    if (!wanted || (this.#certificate && satisfies(this.#certificate, wanted))) return
    if (this.#asked && sameTemplate(this.#asked.template, wanted)) return
    this.#asked?.stop.abort(new Error('the names that the certificate is for have changed'))
    this.#wake?.abort()
  }

  /** Requests certificates when they are due, until the signal aborts; with `first` only until there is one in force. */
  async run(signal: AbortSignal, { first = false } = {}): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      if (first && this.current) return
      const wait = this.#dueIn() ?? longestSleepMs
      if (wait > 0) {
        await this.#sleep(Math.min(wait, longestSleepMs), signal)
        continue
      }
      if (await this.#rotate(signal)) failures = 0
      else await this.#sleep(backoffDelay(requestBackoff, ++failures, this.#options.random), signal)
    }
  }

  /** Undefined when it is not known what to ask for. */
  #dueIn(): number | undefined {
    const wanted = this.#options.template()
    if (!wanted) return undefined
    if (!this.#certificate || !satisfies(this.#certificate, wanted)) return 0
    return this.#renewAt - this.#options.clock.wall()
  }

  /** One request; false when it came to nothing. */
  async #rotate(signal: AbortSignal): Promise<boolean> {
    const { template, client, signerName, usages, store, clock, log } = this.#options
    const wanted = template()
    if (!wanted) return true
    const stop = new AbortController()
    this.#asked = { template: wanted, stop }
    const patience = clock.setTimer(approvalPatienceMs, () => stop.abort(new Error('nobody approved it within 15 minutes')))
    try {
      const { requestPem, keyPem } = await makeSigningRequest(wanted)
      const waiting = AbortSignal.any([signal, stop.signal])
      const certPem = await requestCertificate({ requestPem, signerName, usages }, { client: client(), clock, log, signal: waiting })
      const certificate = await store.update(usable(certPem, keyPem, clock.wall()), keyPem, clock.wall())
      this.#adopt(certificate)
      log.info('a new certificate is in force', { file: store.currentPath, until: new Date(certificate.notAfter).toISOString() })
      for (const listener of this.#listeners) listener(certificate)
      if (satisfies(certificate, wanted) && this.#renewAt > clock.wall()) return true
      log.warn('the certificate issued is not what was asked for; another is requested', { signer: signerName })
      return false
    } catch (error) {
      if (signal.aborted) return true
      const message = error instanceof Error ? error.message : String(error)
      log.warn('no certificate was issued; another is requested', { signer: signerName, error: message, ...this.#ending() })
      this.#renewErrors += 1
      // Names that changed are no failure of the API server.
      return stop.signal.aborted && !(error instanceof KubeError)
    } finally {
      patience.cancel()
      this.#asked = undefined
    }
  }

  #ending() {
    return this.#certificate && { certificateEnds: new Date(this.#certificate.notAfter).toISOString() }
  }

  #adopt(certificate: Certificate): void {
    this.#certificate = certificate
    this.#renewAt = renewalTime(certificate, (this.#options.random ?? Math.random)())
  }

  /** Ends early when the template changed. */
  async #sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    this.#wake = new AbortController()
    await sleep(this.#options.clock, delayMs, AbortSignal.any([signal, this.#wake.signal])).catch(() => {})
    this.#wake = undefined
  }
}
