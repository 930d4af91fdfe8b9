import { bool, exact64, type Method, map, message, messages, string, strings, uint64 } from '../table.ts'
import { imageSpec, int64Value, uint64Value } from './linux.ts'
import { podSandboxConfig } from './sandbox.ts'

const image = {
  id: string(1),
  repoTags: strings(2),
  repoDigests: strings(3),
  size: uint64(4),
  uid: message(5, int64Value),
  username: string(6),
  spec: message(7, imageSpec),
  pinned: bool(8),
} as const

const filesystem = {
  timestamp: exact64(1),
  fsId: message(2, { mountpoint: string(1) }),
  usedBytes: message(3, uint64Value),
  inodesUsed: message(4, uint64Value),
} as const

/** runtime.v1.ImageService. */
export const images = {
  list: {
    path: '/runtime.v1.ImageService/ListImages',
    request: { filter: message(1, { image: message(1, imageSpec) }) },
    response: { images: messages(1, image) },
  },
  status: {
    path: '/runtime.v1.ImageService/ImageStatus',
    request: { image: message(1, imageSpec), verbose: bool(2) },
    response: { image: message(1, image), info: map(2) },
  },
  pull: {
    path: '/runtime.v1.ImageService/PullImage',
    request: {
      image: message(1, imageSpec),
      auth: message(2, {
        username: string(1),
        password: string(2),
        auth: string(3),
        serverAddress: string(4),
        identityToken: string(5),
        registryToken: string(6),
      }),
      sandboxConfig: message(3, podSandboxConfig),
    },
    response: { imageRef: string(1) },
  },
  remove: { path: '/runtime.v1.ImageService/RemoveImage', request: { image: message(1, imageSpec) }, response: {} },
  filesystems: {
    path: '/runtime.v1.ImageService/ImageFsInfo',
    request: {},
    response: { imageFilesystems: messages(1, filesystem), containerFilesystems: messages(2, filesystem) },
  },
} as const satisfies Record<string, Method>
