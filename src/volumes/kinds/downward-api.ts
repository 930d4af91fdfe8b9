import type { VolumeKind } from '../volume.ts'
import { payloadKind, type VolumeMode } from './payload-volume.ts'
import { defaultFileMode, projectDownward } from './sources.ts'

/** The pod's own fields as files. Follows the pod as `context.pod` gives it at each refresh. */
export const downwardApiKind = (mode: VolumeMode): VolumeKind =>
  payloadKind(
    {
      key: 'downwardAPI',
      directory: 'kubernetes.io~downward-api',
      tmpfs: true,
      resolver:
        ({ downwardAPI }, context) =>
        async () => ({
          payload: projectDownward(context, downwardAPI?.items ?? [], downwardAPI?.defaultMode ?? defaultFileMode),
        }),
    },
    mode,
  )
