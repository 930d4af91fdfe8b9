import type { VolumeKind } from '../volume.ts'
import { payloadKind, type VolumeMode } from './payload-volume.ts'
import { defaultFileMode, projectSecret } from './sources.ts'

/** A secret's keys as files in memory. */
export const secretKind = (mode: VolumeMode): VolumeKind =>
  payloadKind(
    {
      key: 'secret',
      directory: 'kubernetes.io~secret',
      tmpfs: true,
      resolver:
        ({ secret }, context) =>
        async () => {
          const { items, optional, defaultMode = defaultFileMode, secretName = '' } = secret ?? {}
          const { files, immutable } = await projectSecret(context, secretName, { items, optional, defaultMode })
          return { payload: files, immutable }
        },
    },
    mode,
  )
