import { readFileSync } from 'node:fs'
import type { NodeView } from '../../actors/node/node-view.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { type Certificate, readCertificate } from '../certificates/certificate.ts'
import { CertificateManager, type CertificateState } from '../certificates/certificate-manager.ts'
import { CertificateStore } from '../certificates/certificate-store.ts'
import { followFiles } from '../certificates/follow-files.ts'
import { servingTemplate } from '../certificates/template.ts'
import { type AgentConfig, ConfigError } from '../config/agent-config.ts'
import type { KubeClient } from '../kube/client.ts'
import { type ServingCertificate, selfSignedCertificate } from '../server/serving-certificate.ts'

/** What 10250 shows of itself. */
export interface ServingIdentity {
  /** Undefined while the API server has not issued one: no handshake succeeds then, as with a kubelet. */
  readonly current: ServingCertificate | undefined
  onChange(listener: (certificate: ServingCertificate) => void): void
  /** Absent for one that is not requested. */
  readonly requested?: CertificateState
  /** Requests certificates when they are due, until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
}

export interface ServingIdentityParts {
  readonly config: AgentConfig
  readonly client: KubeClient
  readonly nodeView: NodeView
  readonly clock: Clock
  readonly log: Logger
}

const signerName = 'kubernetes.io/kubelet-serving'
const usages = ['digital signature', 'server auth']

/** The certificate of `serverTLSBootstrap`, else that of `--tls-cert-file`, else one of the agent's own making. */
export async function servingIdentity(parts: ServingIdentityParts): Promise<ServingIdentity> {
  const { config, clock } = parts
  if (config.serverTlsBootstrap) return requested(parts)
  const given = fromFiles(config)
  if (given) return followed(given, parts)
  const current = await selfSignedCertificate(config.certDirectory, [config.nodeName, ...parts.nodeView.hostIps], clock.wall(), parts.log)
  return { current, onChange() {}, async run() {} }
}

/** From the files of `--tls-cert-file`, read again when they are replaced (kubelet 1.32, `ReloadKubeletServerCertificateFile`). */
function followed(given: Certificate, { config: { tlsCertFile = '', tlsPrivateKeyFile = '' }, clock, log }: ServingIdentityParts): ServingIdentity {
  const listeners: ((certificate: ServingCertificate) => void)[] = []
  let current = shown(given)
  return {
    get current() {
      return current
    },
    onChange: (listener) => void listeners.push(listener),
    run: (signal) =>
      followFiles([tlsCertFile, tlsPrivateKeyFile], {
        clock,
        signal,
        changed([certPem = '', keyPem = '']) {
          const next = shown(readCertificate(certPem, keyPem))
          if (next.certificate === current.certificate && next.key === current.key) return
          current = next
          log.info('the serving certificate was replaced', { file: tlsCertFile })
          for (const listener of listeners) listener(next)
        },
        trouble: (error) => log.warn('the serving certificate cannot be read anew; the last one stays', { file: tlsCertFile, error }),
      }),
  }
}

/** From the API server; until then what the files hold, if they are named. */
async function requested({ config, client, nodeView, clock, log }: ServingIdentityParts): Promise<ServingIdentity> {
  const { nodeName, certDirectory } = config
  const manager = await CertificateManager.load({
    store: new CertificateStore(certDirectory, 'kubelet-server'),
    signerName,
    usages,
    template: () =>
      servingTemplate(nodeName, [...nodeView.hostIps.map((address) => ({ type: 'InternalIP', address })), { type: 'Hostname', address: nodeName }]),
    initial: fromFiles(config),
    client: () => client,
    clock,
    log: log.child({ certificate: 'serving' }),
  })
  nodeView.onAddresses(() => manager.templateChanged())
  return {
    get current() {
      return manager.current && shown(manager.current)
    },
    requested: manager,
    onChange: (listener) => manager.onChange((certificate) => listener(shown(certificate))),
    run: (signal) => manager.run(signal),
  }
}

const shown = ({ certPem, keyPem }: Certificate): ServingCertificate => ({ certificate: certPem, key: keyPem })

function fromFiles({ tlsCertFile, tlsPrivateKeyFile }: AgentConfig): Certificate | undefined {
  if (!tlsCertFile || !tlsPrivateKeyFile) return undefined
  try {
    return readCertificate(readFileSync(tlsCertFile, 'utf8'), readFileSync(tlsPrivateKeyFile, 'utf8'))
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new ConfigError(`--tls-cert-file ${tlsCertFile}, --tls-private-key-file ${tlsPrivateKeyFile}: ${why}; give a certificate and its key, PEM`, { cause })
  }
}
