import { X509Certificate } from 'node:crypto'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { systemClock } from '../base/clock.ts'

/** What a connection shows of who it is, at this moment. */
export type CertificateVerdict =
  | { readonly kind: 'none' }
  /** It does not serve (any more): of a stranger's CA, out of its dates, without a name. */
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'valid'; readonly name: string; readonly groups: readonly string[] }

/** A certificate as it was read from a connection, and the CAs that were last found to vouch for it. */
interface Shown {
  readonly certificate: X509Certificate
  readonly name: string
  readonly groups: readonly string[]
  vouched?: Vouched
}

interface Vouched {
  readonly anchors: readonly X509Certificate[]
  /** The CA that signed it; absent when others stand between, whom TLS alone has seen. */
  readonly by?: X509Certificate
}

/**
 * Judges client certificates anew at each request, as the x509 authenticator of kubelet and kube-apiserver does: a handshake tells who somebody was then, and a
 * kept connection or a resumed session would keep that for ever. Certificates go by the machine's time, as TLS itself does, whatever clock the rest runs on.
 */
export class ClientCertificates {
  readonly #now: () => number
  readonly #shown = new WeakMap<Duplex, Shown>()
  /** By which CAs TLS verified a connection. */
  readonly #verifiedBy = new Map<string, readonly X509Certificate[]>()
  #anchors: readonly X509Certificate[]

  /** `caPem` holds one CA or several. Throws when one of them cannot be read. */
  constructor(caPem: string, now: () => number = systemClock.wall) {
    this.#anchors = readAnchors(caPem)
    this.#now = now
  }

  /** From now on these CAs are trusted, and no others. Throws, and changes nothing, when one cannot be read. */
  setCa(caPem: string): void {
    this.#anchors = readAnchors(caPem)
  }

  /** To be told of each connection before its handshake (a TLS server's `connection` event): the CAs of this moment are those that TLS verifies it by. */
  accepted(raw: Socket): void {
    const peer = peerOf(raw)
    this.#verifiedBy.set(peer, this.#anchors)
    raw.once('close', () => this.#verifiedBy.delete(peer))
  }

  /** Who is at the other end of the connection, as of now. */
  judge(socket: Duplex): CertificateVerdict {
    if (!(socket instanceof TLSSocket)) return { kind: 'none' }
    const shown = this.#shown.get(socket) ?? this.#read(socket)
    if (!shown) return { kind: 'none' }
    // What the handshake itself found, among it what the certificate may be used for.
    if (!socket.authorized) return { kind: 'refused', why: String(socket.authorizationError ?? 'it was not verified') }
    const { certificate, name, groups } = shown
    const now = this.#now()
    if (shown.vouched?.anchors !== this.#anchors) shown.vouched = this.#vouched(certificate, socket)
    if (!shown.vouched) return { kind: 'refused', why: 'certificate signed by unknown authority' }
    if (!holds(certificate, now)) return { kind: 'refused', why: 'certificate has expired or is not yet valid' }
    if (shown.vouched.by && !holds(shown.vouched.by, now)) return { kind: 'refused', why: 'the certificate of its authority has expired or is not yet valid' }
    return name === '' ? { kind: 'refused', why: 'it has no common name' } : { kind: 'valid', name, groups }
  }

  #read(socket: TLSSocket): Shown | undefined {
    const certificate = socket.getPeerX509Certificate()
    if (!certificate) return undefined
    const { CN, O } = socket.getPeerCertificate().subject
    // Go's pkix.Name: of several common names the last.
    const shown = { certificate, name: [CN ?? []].flat().at(-1) ?? '', groups: [...[O ?? []].flat(), 'system:authenticated'] }
    this.#shown.set(socket, shown)
    return shown
  }

  /** Whom it is vouched for by: a CA of today, or whoever stood between when TLS verified it by the CAs of today (Node tells a server nothing of them). */
  #vouched(certificate: X509Certificate, socket: TLSSocket): Vouched | undefined {
    const anchors = this.#anchors
    const now = this.#now()
    const signers = anchors.filter((each) => each.fingerprint256 === certificate.fingerprint256 || issued(each, certificate))
    const by = signers.find((each) => holds(each, now)) ?? signers[0]
    if (by) return { anchors, by }
    return this.#verifiedBy.get(peerOf(socket)) === anchors ? { anchors } : undefined
  }
}

/** Throws for what is no CA, or several: one line that says why. */
export function checkClientCa(pem: string): void {
  readAnchors(pem)
}

function readAnchors(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []
  if (blocks.length === 0) throw new Error('the CA of clients holds no certificate')
  return blocks.map((block, at) => {
    try {
      return new X509Certificate(block)
    } catch (cause) {
      throw new Error(`certificate ${at + 1} of ${blocks.length} cannot be read`, { cause })
    }
  })
}

/** A connection's two ends, which no other living one has. */
const peerOf = ({ remoteAddress, remotePort, localAddress, localPort }: Socket) => `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`

const issued = (above: X509Certificate, below: X509Certificate) => below.checkIssued(above) && below.verify(above.publicKey)

/** Dates are whole seconds, the last one counts. */
const holds = ({ validFromDate, validToDate }: X509Certificate, now: number) => now >= validFromDate.getTime() && now < validToDate.getTime() + 1000
