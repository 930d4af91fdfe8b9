import type { VolumeKind } from '../volume.ts'
import { payloadKind, type VolumeMode } from './payload-volume.ts'
import { defaultFileMode, projectConfigMap } from './sources.ts'

/** A configMap's keys as files. */
export const configMapKind = (mode: VolumeMode): VolumeKind =>
  payloadKind(
    {
      key: 'configMap',
      directory: 'kubernetes.io~configmap',
      tmpfs: false,
      resolver:
        ({ configMap }, context) =>
        async () => {
          const { items, optional, defaultMode = defaultFileMode, name = '' } = configMap ?? {}
          const { files, immutable } = await projectConfigMap(context, name, { items, optional, defaultMode })
          return { payload: files, immutable }
        },
    },
    mode,
  )
