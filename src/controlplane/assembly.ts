import { type Clock, sleep } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { claimResize } from './apiserver/admission/claim-resize.ts'
import { defaultIngressClass, defaultStorageClass } from './apiserver/admission/default-classes.ts'
import { defaultTolerations } from './apiserver/admission/default-tolerations.ts'
import { storageInUseProtection } from './apiserver/admission/in-use-protection.ts'
import { limitBounds, limitDefaults } from './apiserver/admission/limit-ranger.ts'
import { podSecurity } from './apiserver/admission/pod-security/plugin.ts'
import { admitPriority } from './apiserver/admission/priority.ts'
import { resourceQuota } from './apiserver/admission/quota/plugin.ts'
import { runtimeClassDefaults, runtimeClassOverhead } from './apiserver/admission/runtime-class.ts'
import { serviceAccount } from './apiserver/admission/service-account.ts'
import { signerRights } from './apiserver/admission/signer-rights.ts'
import type { Aggregator } from './apiserver/aggregation/aggregator.ts'
import { anonymous, userOfBearer } from './apiserver/auth/authenticate.ts'
import { authorize, type Decision } from './apiserver/auth/authorizer.ts'
import { csrAdmission } from './apiserver/auth/csr-admission.ts'
import { mirrorPodAdmission } from './apiserver/auth/mirror-pods.ts'
import { nodeRestriction } from './apiserver/auth/node-restriction.ts'
import { escalationCheck } from './apiserver/auth/rbac/escalation.ts'
import { reviewDefinitions } from './apiserver/auth/reviews.ts'
import { tokenRequestHandler } from './apiserver/auth/token-request.ts'
import { defaultIssuer, TokenSigner } from './apiserver/auth/tokens.ts'
import type { Attributes, User } from './apiserver/auth/user.ts'
import { withGates } from './apiserver/discovery/served.ts'
import type { Authenticate } from './apiserver/http/router.ts'
import { clusterIpAdmission } from './apiserver/kinds/core/cluster-ips.ts'
import { componentStatuses } from './apiserver/kinds/core/component-statuses.ts'
import { nodePortAdmission } from './apiserver/kinds/core/node-ports.ts'
import { storedDefinitions } from './apiserver/kinds/definitions.ts'
import { eventsV1 } from './apiserver/kinds/events/events.ts'
import { reviews } from './apiserver/kinds/registry.ts'
import { metricsDefinitions } from './apiserver/metrics/definitions.ts'
import { SummaryReader } from './apiserver/metrics/summary-reader.ts'
import type { NodeCaller } from './apiserver/node/node-caller.ts'
import type { AdmissionSteps, ResourceDefinition } from './apiserver/resource.ts'
import type { ApiBackend } from './apiserver/rest/backend.ts'
import type { ServedKinds } from './apiserver/rest/environment.ts'
import { type ComponentFigures, type ComponentOptions, runComponents } from './components.ts'
import { CustomResourceDefinitionController } from './controllers/apiextensions/definitions.ts'
import { AvailabilityController } from './controllers/apiregistration/availability.ts'
import { registerServices } from './controllers/apiregistration/register.ts'
import { advertisedAddress, publishApiServer } from './controllers/endpoints/api-server.ts'
import { keepFlowSchemas } from './controllers/flowcontrol/dangling.ts'
import { HostPathProvisioner } from './controllers/host-path/controller.ts'
import { ensureDefaultClass } from './controllers/host-path/default-class.ts'
import type { NodePaths } from './controllers/host-path/node-paths.ts'
import { publishAuthentication } from './controllers/namespace/authentication-config.ts'
import { bootstrap } from './controllers/namespace/namespaces.ts'
import { makeDefaultServiceCidr } from './controllers/networking/default-service-cidr.ts'
import { keepServiceAddresses } from './controllers/networking/service-addresses.ts'
import { ensurePolicy } from './controllers/rbac/ensure-policy.ts'
import { Informers } from './controllers/runtime/informer.ts'
import type { KeyPair } from './pki/authority.ts'
import type { ControlPlanePki } from './pki/files.ts'

/** What the server is given: the kinds, the steps of every write, and who may do what. */
export interface ServerParts {
  readonly definitions: readonly ResourceDefinition[]
  readonly admission: AdmissionSteps
  readonly signer: TokenSigner
  /** Reads what nodes and pods use. */
  readonly summaries: SummaryReader
  /** The user of a request: by the client certificate or the bearer token. Undefined (401) when what was shown does not serve. */
  readonly authenticate: Authenticate
  authorize(user: User, asked: Attributes, backend: ApiBackend): Promise<Decision>
}

/** Puts the kinds, reviews, admission and identity together, signing tokens with the PKI's key. What is behind a gate is served when it is among `featureGates`. */
export function serverParts(pki: ControlPlanePki, caller: NodeCaller, featureGates: ReadonlySet<string> = new Set()): ServerParts {
  const signer = new TokenSigner(pki.serviceAccountKeyPem)
  const summaries = new SummaryReader(caller)
  const questions = reviewDefinitions(signer)
  const rest = reviews.filter(({ resource }) => !questions.some((entry) => entry.resource === resource))
  const all = [
    ...storedDefinitions({ 'serviceaccounts/token': tokenRequestHandler(signer) }),
    eventsV1,
    componentStatuses,
    ...questions,
    ...rest,
    ...metricsDefinitions(summaries),
  ]
  return {
    definitions: all.map((entry) => withGates(entry, featureGates)),
    admission: {
      mutating: [
        // In the order of kube-apiserver's plugins.
        limitDefaults,
        mirrorPodAdmission,
        serviceAccount,
        nodeRestriction(authorize),
        admitPriority,
        defaultTolerations,
        defaultStorageClass,
        storageInUseProtection,
        runtimeClassDefaults,
        csrAdmission,
        defaultIngressClass,
        clusterIpAdmission(),
        nodePortAdmission(),
        escalationCheck(authorize),
      ],
      validating: [limitBounds, podSecurity, claimResize, runtimeClassOverhead, signerRights(authorize)],
      last: [resourceQuota],
    },
    signer,
    summaries,
    async authenticate({ certificate, bearerToken }, backend, now) {
      if (certificate.kind === 'valid') return { name: certificate.name, groups: certificate.groups }
      if (bearerToken !== undefined) return (await userOfBearer(bearerToken, [defaultIssuer], signer, backend, now))?.user
      return certificate.kind === 'refused' ? undefined : anonymous
    },
    authorize,
  }
}

export interface ControllerOptions {
  readonly backend: ApiBackend
  readonly clock: Clock
  readonly log: Logger
  /** Signs the certificates that nodes ask for. */
  readonly authority: KeyPair
  /** Vouches for this server when it asks other API servers for somebody. */
  readonly frontProxyCaPem?: string
  /** Leads to other API servers. */
  readonly aggregator?: Aggregator
  /** Signs the tokens of service accounts. */
  readonly signer: TokenSigner
  /** How long certificates live at most; a year unless said. */
  readonly signingDurationMs?: number
  readonly kinds: ServedKinds
  /** Port of the API server, for the `kubernetes` service. */
  readonly port: number
  /** What the server listens on; loopback unless said. */
  readonly host?: string
  readonly components?: ComponentOptions
  /** Breaks the scheduler's ties: from 0 (inclusive) to 1. */
  readonly random?: () => number
  /** How directories of nodes are made and deleted, for volumes of `podsteward.io/host-path`; nobody makes these without. */
  readonly nodePaths?: NodePaths
  /** Whether a cluster without a StorageClass gets the default one of these volumes, `standard`. */
  readonly defaultStorageClass?: boolean
  /** Where controllers and scheduler tell of themselves. */
  readonly figures: ComponentFigures
}

// kube-controller-manager's --cluster-signing-duration.
const farewellMs = 2000
const yearMs = 365 * 24 * 3600_000

/** Makes the first objects and runs the scheduler and the controllers until disposed. */
export async function startControllers(options: ControllerOptions): Promise<AsyncDisposable> {
  const { backend, kinds, clock, log, authority, port } = options
  const caPem = authority.certPem
  await bootstrap(backend, caPem, port)
  await publishAuthentication(backend, caPem, options.frontProxyCaPem)
  await ensurePolicy(backend)
  await makeDefaultServiceCidr(backend, clock.wall())
  const address = advertisedAddress(options.host ?? '127.0.0.1')
  if (address !== undefined) await publishApiServer(backend, address, port)
  if (options.defaultStorageClass) await ensureDefaultClass(backend)
  const stopping = new AbortController()
  const shared = { backend, clock, log, signal: stopping.signal }
  if (options.aggregator) new AvailabilityController({ ...shared, aggregator: options.aggregator })
  const running = Promise.all([
    // What is kube-apiserver's own.
    new CustomResourceDefinitionController(shared).run(),
    registerServices({ ...shared, kinds }),
    keepFlowSchemas(shared),
    keepServiceAddresses(shared),
    // What a cluster of kind has beside Kubernetes.
    options.nodePaths && new HostPathProvisioner({ ...shared, informers: new Informers(backend, stopping.signal), paths: options.nodePaths }),
    runComponents(
      {
        ...shared,
        kinds,
        authority,
        signer: options.signer,
        aggregator: options.aggregator,
        signingDurationMs: options.signingDurationMs ?? yearMs,
        random: options.random,
      },
      options.figures,
      options.components,
    ),
  ])
  running.catch((error: unknown) => log.error('a controller ended', { error: String(error) }))
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort()
      // A write that a hanging etcd does not answer is not waited for.
      await Promise.race([running.catch(() => {}), sleep(clock, farewellMs)])
    },
  }
}
