import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { kubeconfigCertificate, writeBootstrappedKubeconfig } from '../certificates/bootstrap-kubeconfig.ts'
import { CertificateManager, type CertificateState } from '../certificates/certificate-manager.ts'
import { CertificateStore } from '../certificates/certificate-store.ts'
import { clientTemplate } from '../certificates/template.ts'
import type { AgentConfig } from '../config/agent-config.ts'
import { accessFromKubeconfig, accessWithCertificate, type ServerAccess } from '../kube/credentials.ts'
import { createKubeClient, type HttpKubeClient } from '../kube/http-client.ts'
import type { RequestObserver } from '../kube/request-observer.ts'

/** Who the node is to the API server, with a certificate that it requests and renews itself. */
export interface ClientIdentity extends AsyncDisposable {
  readonly access: ServerAccess
  readonly certificate: CertificateState
  /** Requests certificates when they are due; until the signal aborts, or without `--rotate-certificates` until there is one. */
  run(signal: AbortSignal): Promise<void>
}

export interface IdentityTools {
  readonly clock: Clock
  readonly log: Logger
  readonly observer?: RequestObserver
}

const signerName = 'kubernetes.io/kube-apiserver-client-kubelet'
const usages = ['digital signature', 'client auth']

/**
 * The identity by `--bootstrap-kubeconfig` and `--rotate-certificates`; undefined when neither asks for one, or the kubeconfig is in force and is not to be
 * renewed. Writes the kubeconfig when the node must be bootstrapped, as a kubelet does.
 */
export async function clientIdentity(config: AgentConfig, tools: IdentityTools): Promise<ClientIdentity | undefined> {
  const { kubeconfig, bootstrapKubeconfig: bootstrap, rotateCertificates: rotates, nodeName } = config
  if (!kubeconfig || !(bootstrap || rotates)) return undefined
  const { clock, log } = tools
  const initial = await kubeconfigCertificate(kubeconfig, clock)
  if (initial && !rotates) return undefined
  const store = new CertificateStore(config.certDirectory, 'kubelet-client')
  const bootstrapping = bootstrap !== undefined && !initial
  if (bootstrapping) {
    await writeBootstrappedKubeconfig(kubeconfig, bootstrap, store.currentPath)
    log.info('the node has no client certificate in force and requests one', { bootstrap, kubeconfig })
  }
  const first = accessFromKubeconfig(bootstrapping ? bootstrap : kubeconfig, clock)
  const access = accessWithCertificate(first, () => {
    if (manager.current) return manager.current
    const { endsAt } = manager
    throw new Error(endsAt === undefined ? 'no client certificate has been issued yet' : `the client certificate ended at ${new Date(endsAt).toISOString()}`)
  })
  const own = requester(access, tools)
  // Credentials to bootstrap with serve again when the certificate has ended unrenewed.
  const beginner = requester(bootstrap === undefined || bootstrapping ? first : accessFromBootstrap(bootstrap, first, clock), tools)
  const manager = await CertificateManager.load({
    store,
    signerName,
    usages,
    template: () => clientTemplate(nodeName),
    initial,
    client: () => (manager.current ? own : beginner),
    clock,
    log: log.child({ certificate: 'client' }),
  })
  return {
    access,
    certificate: manager,
    run: (signal) => manager.run(signal, { first: !rotates }),
    async [Symbol.asyncDispose]() {
      await own[Symbol.asyncDispose]()
      await beginner[Symbol.asyncDispose]()
    },
  }
}

/** A bootstrap kubeconfig that has been taken away is no error while the node has a certificate. */
function accessFromBootstrap(path: string, otherwise: ServerAccess, clock: Clock): ServerAccess {
  try {
    return accessFromKubeconfig(path, clock)
  } catch {
    return otherwise
  }
}

const requester = (access: ServerAccess, tools: IdentityTools): HttpKubeClient =>
  createKubeClient({ access, qps: 0, burst: 1, userAgent: 'podsteward/v1.32.0', ...tools })
