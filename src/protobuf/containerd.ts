import { bytes, int32, int64, type Method, map, message, string, strings, uint32 } from './table.ts'

const timestamp = { seconds: int64(1), nanos: int32(2) } as const

/** google.protobuf.Any */
export const any = { typeUrl: string(1), value: bytes(2) } as const

/** containerd's own event service, which is on the same socket as its CRI. */
export const events = {
  subscribe: {
    path: '/containerd.services.events.v1.Events/Subscribe',
    request: { filters: strings(1) },
    response: { timestamp: message(1, timestamp), namespace: string(2), topic: string(3), event: message(4, any) },
  },
} as const satisfies Record<string, Method>

/** Events of tasks: `id` is the process's, which is the container's own or an exec's; in `/tasks/delete` it is empty for the container's own in older ones. */
export const taskExit = { containerId: string(1), id: string(2), pid: uint32(3), exitStatus: uint32(4), exitedAt: message(5, timestamp) } as const
export const taskDelete = { containerId: string(1), pid: uint32(2), exitStatus: uint32(3), exitedAt: message(4, timestamp), id: string(5) } as const
/** Of all other events of tasks and containers the first field is the container's id. */
export const anyContainerEvent = { containerId: string(1) } as const

/** What containerd itself knows of a container, from its creation on; CRI knows of a sandbox only once it runs. */
export const containers = {
  get: {
    path: '/containerd.services.containers.v1.Containers/Get',
    request: { id: string(1) },
    response: { container: message(1, { id: string(1), labels: map(2), image: string(3) }) },
  },
} as const satisfies Record<string, Method>

const descriptor = { mediaType: string(1), digest: string(2), size: int64(3), annotations: map(5) } as const
const image = { name: string(1), labels: map(2), target: message(3, descriptor) } as const

/** WriteAction */
export const writeAction = { stat: 0, write: 1, commit: 2 } as const

/** The content store: a bidirectional stream of writes. */
export const content = {
  write: {
    path: '/containerd.services.content.v1.Content/Write',
    request: { action: int32(1), ref: string(2), total: int64(3), expected: string(4), offset: int64(5), data: bytes(6), labels: map(7) },
    response: { action: int32(1), offset: int64(4), total: int64(5), digest: string(6) },
  },
} as const satisfies Record<string, Method>

/** Names of images. */
export const images = {
  create: {
    path: '/containerd.services.images.v1.Images/Create',
    request: { image: message(1, image) },
    response: { image: message(1, image) },
  },
} as const satisfies Record<string, Method>
