import { bool, bytes, exact64, int32, int64, type Method, map, message, messages, string, strings, uint32 } from '../table.ts'
import { capability, imageSpec, int64Value, linuxContainerResources, mount, namespaceOption, securityProfile, seLinuxOption, uint64Value } from './linux.ts'
import { podSandboxConfig } from './sandbox.ts'

const metadata = { name: string(1), attempt: uint32(2) } as const

export const containerConfig = {
  metadata: message(1, metadata),
  image: message(2, imageSpec),
  command: strings(3),
  args: strings(4),
  workingDir: string(5),
  envs: messages(6, { key: string(1), value: bytes(2) }),
  mounts: messages(7, mount),
  devices: messages(8, { containerPath: string(1), hostPath: string(2), permissions: string(3) }),
  labels: map(9),
  annotations: map(10),
  logPath: string(11),
  stdin: bool(12),
  stdinOnce: bool(13),
  tty: bool(14),
  linux: message(15, {
    resources: message(1, linuxContainerResources),
    securityContext: message(2, {
      capabilities: message(1, capability),
      privileged: bool(2),
      namespaceOptions: message(3, namespaceOption),
      selinuxOptions: message(4, seLinuxOption),
      runAsUser: message(5, int64Value),
      runAsUsername: string(6),
      readonlyRootfs: bool(7),
      supplementalGroups: { no: 8, type: 'int64', repeated: true },
      noNewPrivs: bool(11),
      runAsGroup: message(12, int64Value),
      maskedPaths: strings(13),
      readonlyPaths: strings(14),
      seccomp: message(15, securityProfile),
      apparmor: message(16, securityProfile),
      supplementalGroupsPolicy: int32(17),
    }),
  }),
  cdiDevices: messages(17, { name: string(1) }),
  stopSignal: int32(18),
} as const

/** ContainerState */
export const containerStates = ['created', 'running', 'exited', 'unknown'] as const

export const containerStatus = {
  id: string(1),
  metadata: message(2, metadata),
  state: int32(3),
  createdAt: exact64(4),
  startedAt: exact64(5),
  finishedAt: exact64(6),
  exitCode: int32(7),
  image: message(8, imageSpec),
  imageRef: string(9),
  reason: string(10),
  message: string(11),
  labels: map(12),
  annotations: map(13),
  mounts: messages(14, mount),
  logPath: string(15),
  resources: message(16, { linux: message(1, linuxContainerResources) }),
  imageId: string(17),
  user: message(18, { linux: message(1, { uid: int64(1), gid: int64(2), supplementalGroups: { no: 3, type: 'int64', repeated: true } }) }),
} as const

const filesystemUsage = {
  timestamp: exact64(1),
  fsId: message(2, { mountpoint: string(1) }),
  usedBytes: message(3, uint64Value),
  inodesUsed: message(4, uint64Value),
} as const

const containerId = { containerId: string(1) } as const
const url = { url: string(1) } as const

/** The part of runtime.v1.RuntimeService about containers. */
export const containers = {
  create: {
    path: '/runtime.v1.RuntimeService/CreateContainer',
    request: { podSandboxId: string(1), config: message(2, containerConfig), sandboxConfig: message(3, podSandboxConfig) },
    response: containerId,
  },
  start: { path: '/runtime.v1.RuntimeService/StartContainer', request: containerId, response: {} },
  stop: { path: '/runtime.v1.RuntimeService/StopContainer', request: { containerId: string(1), timeout: int64(2) }, response: {} },
  remove: { path: '/runtime.v1.RuntimeService/RemoveContainer', request: containerId, response: {} },
  list: {
    path: '/runtime.v1.RuntimeService/ListContainers',
    request: { filter: message(1, { id: string(1), state: message(2, { state: int32(1) }), podSandboxId: string(3), labelSelector: map(4) }) },
    response: {
      containers: messages(1, {
        id: string(1),
        podSandboxId: string(2),
        metadata: message(3, metadata),
        image: message(4, imageSpec),
        imageRef: string(5),
        state: int32(6),
        createdAt: exact64(7),
        labels: map(8),
        annotations: map(9),
        imageId: string(10),
      }),
    },
  },
  status: {
    path: '/runtime.v1.RuntimeService/ContainerStatus',
    request: { containerId: string(1), verbose: bool(2) },
    response: { status: message(1, containerStatus), info: map(2) },
  },
  updateResources: {
    path: '/runtime.v1.RuntimeService/UpdateContainerResources',
    request: { containerId: string(1), linux: message(2, linuxContainerResources) },
    response: {},
  },
  reopenLog: { path: '/runtime.v1.RuntimeService/ReopenContainerLog', request: containerId, response: {} },
  execSync: {
    path: '/runtime.v1.RuntimeService/ExecSync',
    request: { containerId: string(1), cmd: strings(2), timeout: int64(3) },
    response: { stdout: bytes(1), stderr: bytes(2), exitCode: int32(3) },
  },
  exec: {
    path: '/runtime.v1.RuntimeService/Exec',
    request: { containerId: string(1), cmd: strings(2), tty: bool(3), stdin: bool(4), stdout: bool(5), stderr: bool(6) },
    response: url,
  },
  attach: {
    path: '/runtime.v1.RuntimeService/Attach',
    request: { containerId: string(1), stdin: bool(2), tty: bool(3), stdout: bool(4), stderr: bool(5) },
    response: url,
  },
  checkpoint: {
    path: '/runtime.v1.RuntimeService/CheckpointContainer',
    request: { containerId: string(1), location: string(2), timeout: int64(3) },
    response: {},
  },
  listStats: {
    path: '/runtime.v1.RuntimeService/ListContainerStats',
    request: { filter: message(1, { id: string(1), podSandboxId: string(2), labelSelector: map(3) }) },
    response: { stats: messages(1, { attributes: message(1, { id: string(1) }), writableLayer: message(4, filesystemUsage) }) },
  },
} as const satisfies Record<string, Method>
