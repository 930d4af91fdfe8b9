import { type Command, Option } from 'commander'
import { oldFlags, renamedFlags } from '../config/fates/old-flags.ts'
import { takenFlags } from '../config/fates/taken-flags.ts'
import { flagName, type NodeFlags } from '../config/node-flags.ts'
import { asList, notEnforced } from '../config/parse-values.ts'

/** A flag as `--help` shows it: the commander syntax, what it does, the default as text. */
type Flag = readonly [syntax: string, about: string, otherwise?: string]

/** Flags that do something, by the heading of `--help`. */
export const flagGroups: Readonly<Record<string, readonly Flag[]>> = {
  'Configuration:': [
    ['--config <file>', 'a KubeletConfiguration (kubelet.config.k8s.io/v1beta1); flags win'],
    ['--config-dir <dir>', 'drop-ins over it: *.conf files, in lexical order'],
    ['--feature-gates <gate=bool,…>', 'refused where a kubelet 1.36 refuses them; they switch nothing (docs/feature-gates.md)'],
  ],
  'Control plane:': [
    ['--kubeconfig <file>', 'how to reach the API server'],
    ['--bootstrap-kubeconfig <file>', 'with what to ask for a client certificate; the --kubeconfig is written then'],
    ['--rotate-certificates [bool]', 'renew the client certificate before it ends', 'false'],
    ['--api-servers <url>', 'legacy: plain URL of the API server, without credentials'],
    ['--kube-api-qps <n>', 'requests a second to the API server, 0 for as many as it takes', '0'],
    ['--kube-api-burst <n>', 'requests at once to the API server', '100'],
    ['--event-qps <n>', 'events a second', '50'],
    ['--event-burst <n>', 'events at once', '100'],
  ],
  'Node:': [
    ['--hostname-override <name>', 'the node’s name', 'the host’s name'],
    ['--node-ip <ip>', 'the node’s address', 'found from the host'],
    ['--register-node [bool]', 'create the Node object', 'true'],
    ['--node-labels <a=b,…>', 'labels to register with'],
    ['--register-with-taints <k=v:Effect,…>', 'taints to register with'],
    ['--node-status-update-frequency <duration>', 'how often the node’s status is computed', '10s'],
    ['--node-status-report-frequency <duration>', 'how often an unchanged status is reported', '5m'],
    ['--provider-id <id>', 'what a cloud calls the machine: spec.providerID of the Node'],
    ['--max-pods <n>', 'pods the node takes', '110'],
    ['--pods-per-core <n>', 'pods the node takes for each CPU, 0 for no such limit', '0'],
    ['--node-status-max-images <n>', 'images that the node’s status lists, -1 for all', '50'],
    ['--pod-max-pids <n>', 'processes a pod may have, -1 for no limit', '-1'],
    ['--allowed-unsafe-sysctls <name,…>', 'sysctls beyond the safe ones that pods may set; prefixes end in *'],
    ['--seccomp-default [bool]', 'the engine’s seccomp profile for containers that name none', 'false'],
    ['--kube-reserved <cpu=…,memory=…>', 'kept back from allocatable for Kubernetes'],
    ['--system-reserved <cpu=…,memory=…>', 'kept back from allocatable for the system'],
    ['--shutdown-grace-period <duration>', 'how long the machine’s shutdown waits for pods to end, by systemd-logind', '0s'],
    ['--shutdown-grace-period-critical-pods <duration>', 'how much of it is for critical pods, at the end', '0s'],
    ['--volume-stats-agg-period <duration>', 'how often the disk use of pods is measured', '1m'],
    ['--local-storage-capacity-isolation [bool]', 'evict pods that write more than their limits', 'true'],
    ['--eviction-hard <signal<quantity,…>', 'when the node is under pressure', 'memory.available<100Mi,nodefs.available<10%,…'],
    ['--eviction-soft <signal<quantity,…>', 'when the node is under pressure, if it lasts'],
    ['--eviction-soft-grace-period <signal=duration,…>', 'how long each must last before pods are evicted'],
    ['--eviction-max-pod-grace-period <seconds>', 'the most that a pod evicted by a soft threshold is given', '0'],
    ['--eviction-minimum-reclaim <signal=quantity,…>', 'how much more than its threshold must be free again'],
    ['--eviction-pressure-transition-period <duration>', 'how long a pressure is told of after it is over', '5m'],
  ],
  'Serving:': [
    ['--address <ip>', 'address to serve on', '0.0.0.0'],
    ['--port <n>', 'port to serve on', '10250'],
    ['--read-only-port <n>', 'port of the state in clear for all who can reach it, 0 for none', '0'],
    ['--log-dir <dir>', 'what /logs/ serves', '/var/log'],
    ['--cert-dir <dir>', 'certificates of the agent', '<root-dir>/pki'],
    ['--tls-cert-file <file>', 'serving certificate, PEM', 'self-signed in the cert-dir'],
    ['--tls-private-key-file <file>', 'its key, PEM'],
    ['--rotate-server-certificates [bool]', 'ask the API server for the serving certificate, and renew it', 'false'],
    ['--client-ca-file <file>', 'CA of clients that call the node by certificate'],
    ['--anonymous-auth [bool]', 'let callers in without credentials', 'false'],
    ['--authentication-token-webhook [bool]', 'verify bearer tokens by TokenReview', 'true'],
    ['--authentication-token-webhook-cache-ttl <duration>', 'how long what a TokenReview said holds', '2m'],
    ['--authorization-mode <mode>', 'Webhook asks the API server, AlwaysAllow nobody', 'Webhook'],
    ['--authorization-webhook-cache-authorized-ttl <duration>', 'how long a permission holds', '5m'],
    ['--authorization-webhook-cache-unauthorized-ttl <duration>', 'how long a refusal holds', '30s'],
    ['--tls-cipher-suites <name,…>', 'what it takes of TLS 1.2, by Go’s names', 'Node.js’s own'],
    ['--tls-min-version <version>', 'VersionTLS12 or VersionTLS13', 'VersionTLS12'],
    ['--enable-debugging-handlers [bool]', 'let callers run commands, forward ports and read logs', 'true'],
    ['--streaming-connection-idle-timeout <duration>', 'how long a stream may carry nothing before it is ended, 0s for ever', '4h'],
    ['--healthz-bind-address <ip>', 'address of the health check', '127.0.0.1'],
    ['--healthz-port <n>', 'port of the health check, 0 for none', '10248'],
    ['--cadvisor-address <ip>', 'address of the cAdvisor page', '127.0.0.1'],
    ['--cadvisor-port <n>', 'port of the cAdvisor page and its API, 0 for none', '4194'],
  ],
  'Pods:': [
    ['--root-dir <dir>', 'pod directories and volumes', '/var/lib/podsteward'],
    ['--pod-logs-dir <dir>', 'container logs', '/var/log/pods'],
    ['--pod-manifest-path <dir>', 'static pods: a directory or a file'],
    ['--file-check-frequency <duration>', 'how often it is read though no change was seen', '20s'],
    ['--manifest-url <url>', 'static pods: a URL that answers with a Pod or a PodList'],
    ['--manifest-url-header <name:value,…>', 'headers to ask it with'],
    ['--http-check-frequency <duration>', 'how often it is asked', '20s'],
    ['--pod-infra-container-image <image>', 'the pause image', 'podsteward.io/pause:1, made on the node'],
    ['--cluster-dns <ip,…>', 'name servers of pods with dnsPolicy ClusterFirst'],
    ['--cluster-domain <domain>', 'domain of the cluster', 'cluster.local'],
    ['--resolv-conf <file>', 'the host’s resolver configuration', '/etc/resolv.conf'],
    ['--enforce-node-allocatable <pods|none>', 'pods together get no more than what is not reserved', 'pods'],
    ['--cgroups-per-qos [bool]', 'cgroups for the classes of pods and for each pod', 'true'],
    ['--cpu-cfs-quota [bool]', 'CPU limits are enforced', 'true'],
    ['--cpu-cfs-quota-period <duration>', 'the period that they are enforced over, from 1ms to 1s', '100ms'],
    [
      '--container-runtime-endpoint <url>',
      'a runtime that speaks CRI, such as containerd; cri-dockerd’s means Docker',
      'unix:///run/containerd/containerd.sock',
    ],
    ['--image-service-endpoint <url>', 'where its images are, if elsewhere'],
    ['--runtime-request-timeout <duration>', 'how long a call to it may take', '2m'],
    ['--cgroup-driver <cgroupfs|systemd>', 'of a runtime that does not tell its own', 'cgroupfs'],
    ['--cgroup-root <path>', 'parent of the pods’ cgroups', '/'],
    ['--serialize-image-pulls [bool]', 'pull one image at a time', 'true'],
    ['--max-parallel-image-pulls <n>', 'images pulled at once'],
    ['--image-gc-high-threshold <percent>', 'use of the images’ disk from which unused images go; 100: never (of `up`: 100)', '85'],
    ['--image-gc-low-threshold <percent>', 'use that this comes down to', '80'],
    ['--minimum-image-ttl-duration <duration>', 'how long an image stays after it was pulled', '2m'],
    ['--image-maximum-gc-age <duration>', 'how long an unused image may stay; 0: for good (imageMaximumGCAge)', '0s'],
    ['--container-log-max-size <size>', 'a container’s log is begun anew at this size', '10Mi'],
    ['--container-log-max-files <n>', 'files of each log that are kept', '5'],
    ['--registry-qps <n>', 'pulls a second', '5'],
    ['--registry-burst <n>', 'pulls at once', '10'],
    ['--image-credential-provider-config <file>', 'plugins that give credentials for images: a CredentialProviderConfig'],
    ['--image-credential-provider-bin-dir <dir>', 'where the programs of the plugins are'],
  ],
  'Podsteward’s own:': [
    ['--engine <docker|cri|simulated>', 'what runs the containers', 'docker; cri where --container-runtime-endpoint is given'],
    ['--simulated-profile <file>', 'how simulated pods behave: seed, defaults and rules (docs/load.md)'],
    ['--docker-endpoint <url>', 'the Docker Engine', 'unix:///var/run/docker.sock'],
    ['--actor-threads <n>', 'worker threads for pod actors, 0 for none', 'one, and up to one a core as they have much to do'],
    ['-v, --v <level>', 'log level, 4 and more for debugging', '0'],
  ],
}

/** Flags that may be given more than once: what is given counts together, as with a kubelet. */
const lists: ReadonlySet<string> = new Set([
  '--node-labels',
  '--register-with-taints',
  '--cluster-dns',
  '--allowed-unsafe-sysctls',
  '--kube-reserved',
  '--system-reserved',
  '--eviction-hard',
  '--eviction-soft',
  '--eviction-soft-grace-period',
  '--eviction-minimum-reclaim',
  '--manifest-url-header',
  '--enforce-node-allocatable',
  '--api-servers',
  '--tls-cipher-suites',
  '--feature-gates',
])

/** Adds the flags of a node agent to a command, grouped for `--help`; `without` leaves out what the command sets itself. */
export function addNodeFlags(command: Command, without: readonly string[] = []): Command {
  const known = new Set<string>()
  for (const [heading, flags] of Object.entries(flagGroups)) {
    command.optionsGroup(heading)
    for (const [syntax, about, otherwise] of flags) {
      const name = flagOf(syntax)
      known.add(name)
      if (without.includes(name)) continue
      const option = new Option(syntax, otherwise === undefined ? about : `${about} (default: ${otherwise})`)
      if (lists.has(name)) option.argParser((value: string, before: string | undefined) => (before === undefined ? value : `${before},${value}`))
      command.addOption(option)
    }
  }
  for (const name of [...Object.keys(takenFlags), ...Object.keys(oldFlags), ...Object.keys(renamedFlags)])
    if (!known.has(`--${name}`)) command.addOption(new Option(`--${name} [value]`).hideHelp())
  return command
}

/** `-v, --v <level>` → `--v`. */
export const flagOf = (syntax: string): string => /--[a-z0-9-]+/.exec(syntax)?.[0] ?? syntax

/** As the parser names what was given. */
const keyOf = (name: string): string => name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

/** What was given by an old name, under the one of today, which wins. */
export function withNewNames(flags: NodeFlags, warn: (message: string) => void): NodeFlags {
  const given: Readonly<Record<string, unknown>> = flags
  const named: NodeFlags[] = Object.entries(renamedFlags).flatMap(([old, flag]) => {
    const value = given[keyOf(old)]
    if (value === undefined) return []
    warn(`--${old} is taken as ${flagName(flag)}, as it is called now`)
    return [{ [flag]: value }]
  })
  return Object.assign({}, ...named, flags)
}

/** A line for each given flag that has no effect: what became of it. */
export function flagWarnings(options: Readonly<Record<string, unknown>>): string[] {
  const given = (name: string) => options[keyOf(name)] !== undefined
  return [
    ...notEnforced('--enforce-node-allocatable', asList(String(options.enforceNodeAllocatable ?? ''))),
    ...Object.entries(takenFlags).flatMap(([name, why]) => (given(name) ? [`--${name} is taken and not done: ${why}`] : [])),
    ...Object.entries(oldFlags).flatMap(([name, why]) => (given(name) ? [`--${name} has no effect: ${why}`] : [])),
  ]
}

/** A kubelet reads `_` in a flag's name as `-`, and takes `-v=4`, which the parser wants as `--v=4`. */
export function asFlags(words: readonly string[]): string[] {
  const end = words.indexOf('--')
  return words.map((word, index) =>
    end >= 0 && index >= end ? word : word.replace(/^-v=/, '--v=').replace(/^--[A-Za-z0-9_-]+/, (name) => name.replaceAll('_', '-')),
  )
}

/** Flags that `up` and `controlplane` share. */
export function addControlPlaneFlags(command: Command): Command {
  return command
    .optionsGroup('Control plane:')
    .addOption(new Option('--state-dir <dir>', 'certificates, kubeconfig and stored objects').default('.podsteward'))
    .addOption(new Option('--bind-address <ip>', 'address of the API server').default('127.0.0.1'))
    .addOption(new Option('--secure-port <n>', 'port of the API server').default('6443'))
    .addOption(new Option('--apiserver-feature-gates <gate=true,…>', 'features of the API server; InPlacePodVerticalScaling is on unless it is false'))
    .addOption(new Option('--cluster-signing-duration <duration>', 'how long certificates live that nodes ask for (default: 1 year)'))
    .addOption(new Option('--emulated-version <1.x>', 'the version of Kubernetes that the API server passes for, 1.33 to 1.36 (default: the newest)'))
    .addOption(new Option('--etcd-servers <url,…>', 'store in etcd instead of the state directory'))
    .addOption(new Option('--controllers <name,…>', '* for all that are on by default, foo for foo, -foo for all but foo, - for none').default('*'))
    .addOption(new Option('--scheduler <which>', 'none: pods wait for another scheduler').choices(['default', 'none']).default('default'))
    .addOption(new Option('--leader-elect [true|false]', 'controllers and scheduler work while they hold their leases in kube-system').default('true'))
    .addOption(new Option('--audit-log-path <file>', 'write down who did what, as JSON lines of audit.k8s.io/v1; - is the standard output'))
    .addOption(new Option('--audit-log-maxsize <megabytes>', 'size at which the audit log is put aside and begun anew').default('100'))
    .addOption(new Option('--audit-log-maxbackup <n>', 'how many audit logs that were put aside are kept; 0: all').default('0'))
    .addOption(new Option('--audit-log-maxage <days>', 'how long audit logs that were put aside are kept; 0: for ever').default('0'))
    .addOption(new Option('--audit-policy-file <file>', 'an audit.k8s.io/v1 Policy: how much of which requests is written down (default: the metadata of all)'))
}
