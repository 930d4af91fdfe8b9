import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Logger } from '../../src/base/log.ts'
import { ManualClock } from '../../src/base/manual-clock.ts'
import { CertificateManager, type CertificateManagerOptions } from '../../src/certificates/certificate-manager.ts'
import { CertificateStore } from '../../src/certificates/certificate-store.ts'
import { type CertificateTemplate, clientTemplate } from '../../src/certificates/template.ts'
import { type KeyPair, makeAuthority, signRequest } from '../../src/controlplane/pki/authority.ts'
import type { CertificateSigningRequest } from '../../src/kube/objects.ts'
import { ScriptedClient, ScriptedWatch } from '../support/scripted-client.ts'
import { waitUntil } from '../support/wait-until.ts'

export const hourMs = 3600_000
const csrs = /certificatesigningrequests/

/** A certificate manager against an API server that does with requests what the test says, on a clock that the test sets. */
export class CsrStage implements AsyncDisposable {
  readonly clock = new ManualClock()
  readonly client = new ScriptedClient()
  readonly told: { message: string; fields: Record<string, unknown> }[] = []
  readonly directory: string
  readonly authority: KeyPair
  readonly watches: ScriptedWatch[] = []
  template: CertificateTemplate | undefined = clientTemplate('n1')
  manager!: CertificateManager
  /** Jitter of all kinds. */
  random = 0.5
  #stop = new AbortController()
  #running: Promise<void> = Promise.resolve()

  private constructor(directory: string, authority: KeyPair) {
    this.directory = directory
    this.authority = authority
    let count = 0
    this.client.on('POST', csrs, ({ body }: { body?: unknown }) => {
      count += 1
      return { ...(body as object), metadata: { name: `csr-${count}`, uid: `uid-${count}`, resourceVersion: '1' } }
    })
    this.client.on('WATCH', csrs, () => {
      const watch = new ScriptedWatch()
      this.watches.push(watch)
      return watch
    })
  }

  static async set(): Promise<CsrStage> {
    return new CsrStage(await mkdtemp(join(tmpdir(), 'certificates-')), await makeAuthority('ca', new ManualClock().wall()))
  }

  get store(): CertificateStore {
    return new CertificateStore(this.directory, 'kubelet-client')
  }

  async start(over: Partial<CertificateManagerOptions> = {}): Promise<CertificateManager> {
    this.manager = await CertificateManager.load({
      store: this.store,
      signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
      usages: ['digital signature', 'client auth'],
      template: () => this.template,
      client: () => this.client,
      clock: this.clock,
      log: this.#log(),
      random: () => this.random,
      ...over,
    })
    this.#running = this.manager.run(this.#stop.signal)
    return this.manager
  }

  /** The n-th request, once it is watched. */
  async request(n: number): Promise<CertificateSigningRequest> {
    await waitUntil(`request ${n}`, () => this.requests.length >= n && this.watches.length >= n, { seen: () => this.client.calls })
    return this.requests[n - 1] as CertificateSigningRequest
  }

  get requests(): CertificateSigningRequest[] {
    return this.client.of('POST').map(({ body }, at) => ({ ...(body as CertificateSigningRequest), metadata: { name: `csr-${at + 1}`, uid: `uid-${at + 1}` } }))
  }

  /** Has the n-th request approved and signed; `request` signs another in its place. */
  async sign(n: number, { validMs = 10 * hourMs, request }: { validMs?: number; request?: string } = {}): Promise<void> {
    const csr = await this.request(n)
    const pem = request ?? Buffer.from(csr.spec?.request ?? '', 'base64').toString()
    const certificate = await signRequest(this.authority, pem, ['client auth'], validMs, this.clock.wall())
    const status = { conditions: [{ type: 'Approved' }], certificate: Buffer.from(certificate).toString('base64') }
    this.watches[n - 1]?.say({ type: 'MODIFIED', object: { ...csr, status } as never })
  }

  async answer(n: number, status: CertificateSigningRequest['status'], over: object = {}): Promise<void> {
    const csr = await this.request(n)
    this.watches[n - 1]?.say({ type: 'MODIFIED', object: { ...csr, ...over, status } as never })
  }

  /** Waits for a line of the log. */
  tells(pattern: RegExp): Promise<true> {
    const found = () => this.told.some(({ message, fields }) => pattern.test(`${message} ${JSON.stringify(fields)}`))
    return waitUntil(`${pattern} in the log`, () => found() || undefined, { seen: () => this.told })
  }

  /** Waits until a certificate is in force that is not `before`. */
  issued(before?: unknown) {
    return waitUntil('a new certificate', () => (this.manager.current !== before && this.manager.current) || undefined, { seen: () => this.told })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error('the test ends'))
    await this.#running
    await rm(this.directory, { recursive: true })
  }

  #log(): Logger {
    const tell = (message: string, fields = {}) => void this.told.push({ message, fields })
    const log: Logger = { debug: tell, info: tell, warn: tell, error: tell, child: () => log }
    return log
  }
}
