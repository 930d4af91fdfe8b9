import { bool, exact64, int32, type Method, map, message, messages, string } from '../table.ts'
import { containerStatus } from './container.ts'
import { podSandboxStatus } from './sandbox.ts'

/** CgroupDriver */
export const cgroupDrivers = ['systemd', 'cgroupfs'] as const

/** ContainerEventType */
export const containerEventTypes = ['created', 'started', 'exited', 'removed'] as const

/** The part of runtime.v1.RuntimeService about the runtime itself. */
export const runtime = {
  version: {
    path: '/runtime.v1.RuntimeService/Version',
    request: { version: string(1) },
    response: { version: string(1), runtimeName: string(2), runtimeVersion: string(3), runtimeApiVersion: string(4) },
  },
  status: {
    path: '/runtime.v1.RuntimeService/Status',
    request: { verbose: bool(1) },
    response: {
      status: message(1, { conditions: messages(1, { type: string(1), status: bool(2), reason: string(3), message: string(4) }) }),
      info: map(2),
      runtimeHandlers: messages(3, { name: string(1), features: message(2, { recursiveReadOnlyMounts: bool(1), userNamespaces: bool(2) }) }),
      features: message(4, { supplementalGroupsPolicy: bool(1) }),
    },
  },
  config: {
    path: '/runtime.v1.RuntimeService/RuntimeConfig',
    request: {},
    response: { linux: message(1, { cgroupDriver: int32(1) }) },
  },
  updateConfig: {
    path: '/runtime.v1.RuntimeService/UpdateRuntimeConfig',
    request: { runtimeConfig: message(1, { networkConfig: message(1, { podCidr: string(1) }) }) },
    response: {},
  },
  events: {
    path: '/runtime.v1.RuntimeService/GetContainerEvents',
    request: {},
    response: {
      containerId: string(1),
      containerEventType: int32(2),
      createdAt: exact64(3),
      podSandboxStatus: message(4, podSandboxStatus),
      containersStatuses: messages(5, containerStatus),
    },
  },
} as const satisfies Record<string, Method>
