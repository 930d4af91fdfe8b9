import { bool, exact64, int32, type Method, map, message, messages, string, strings, uint32 } from '../table.ts'
import { int64Value, linuxContainerResources, namespaceOption, securityProfile, seLinuxOption } from './linux.ts'

const metadata = { name: string(1), uid: string(2), namespace: string(3), attempt: uint32(4) } as const

/** Protocol of a port mapping. */
export const portProtocol = { TCP: 0, UDP: 1, SCTP: 2 } as const

export const podSandboxConfig = {
  metadata: message(1, metadata),
  hostname: string(2),
  logDirectory: string(3),
  dnsConfig: message(4, { servers: strings(1), searches: strings(2), options: strings(3) }),
  portMappings: messages(5, { protocol: int32(1), containerPort: int32(2), hostPort: int32(3), hostIp: string(4) }),
  labels: map(6),
  annotations: map(7),
  linux: message(8, {
    cgroupParent: string(1),
    securityContext: message(2, {
      namespaceOptions: message(1, namespaceOption),
      selinuxOptions: message(2, seLinuxOption),
      runAsUser: message(3, int64Value),
      readonlyRootfs: bool(4),
      supplementalGroups: { no: 5, type: 'int64', repeated: true },
      privileged: bool(6),
      runAsGroup: message(8, int64Value),
      seccomp: message(9, securityProfile),
      apparmor: message(10, securityProfile),
      supplementalGroupsPolicy: int32(11),
    }),
    sysctls: map(3),
    overhead: message(4, linuxContainerResources),
    resources: message(5, linuxContainerResources),
  }),
} as const

/** PodSandboxState */
export const sandboxReady = 0

export const podSandboxStatus = {
  id: string(1),
  metadata: message(2, metadata),
  state: int32(3),
  createdAt: exact64(4),
  network: message(5, { ip: string(1), additionalIps: messages(2, { ip: string(1) }) }),
  linux: message(6, { namespaces: message(1, { options: message(2, namespaceOption) }) }),
  labels: map(7),
  annotations: map(8),
  runtimeHandler: string(9),
} as const

const sandboxId = { podSandboxId: string(1) } as const

/** The part of runtime.v1.RuntimeService about sandboxes. */
export const sandboxes = {
  run: { path: '/runtime.v1.RuntimeService/RunPodSandbox', request: { config: message(1, podSandboxConfig), runtimeHandler: string(2) }, response: sandboxId },
  stop: { path: '/runtime.v1.RuntimeService/StopPodSandbox', request: sandboxId, response: {} },
  remove: { path: '/runtime.v1.RuntimeService/RemovePodSandbox', request: sandboxId, response: {} },
  status: {
    path: '/runtime.v1.RuntimeService/PodSandboxStatus',
    request: { podSandboxId: string(1), verbose: bool(2) },
    response: { status: message(1, podSandboxStatus), info: map(2) },
  },
  list: {
    path: '/runtime.v1.RuntimeService/ListPodSandbox',
    request: { filter: message(1, { id: string(1), state: message(2, { state: int32(1) }), labelSelector: map(3) }) },
    response: {
      items: messages(1, {
        id: string(1),
        metadata: message(2, metadata),
        state: int32(3),
        createdAt: exact64(4),
        labels: map(5),
        annotations: map(6),
        runtimeHandler: string(7),
      }),
    },
  },
  portForward: {
    path: '/runtime.v1.RuntimeService/PortForward',
    request: { podSandboxId: string(1), port: { no: 2, type: 'int32', repeated: true } },
    response: { url: string(1) },
  },
  updateResources: {
    path: '/runtime.v1.RuntimeService/UpdatePodSandboxResources',
    request: { podSandboxId: string(1), overhead: message(2, linuxContainerResources), resources: message(3, linuxContainerResources) },
    response: {},
  },
} as const satisfies Record<string, Method>
