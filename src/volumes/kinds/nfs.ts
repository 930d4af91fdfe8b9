import { access } from 'node:fs/promises'
import { makeDirectory } from '../../base/make-directory.ts'
import { volumeDirectory } from '../directories.ts'
import { isMountedFrom } from '../right-mount.ts'
import { type MountedVolume, VolumeError, type VolumeKind } from '../volume.ts'
import type { VolumeMode } from './payload-volume.ts'

const plugin = 'kubernetes.io~nfs'
/** Where mount(8) looks for its helper. */
const helpers = ['/sbin/mount.nfs', '/usr/sbin/mount.nfs']

/** A directory of an NFS server, mounted by mount(8). `mountOptions` are a PersistentVolume's. */
export const nfsKind = (mode: VolumeMode, mountOptions: readonly string[] = []): VolumeKind => ({
  key: 'nfs',
  directory: plugin,
  async setUp({ name, nfs }, context) {
    const { server = '', path = '', readOnly = false } = nfs ?? {}
    if (server === '' || !path.startsWith('/')) throw new VolumeError(name, 'nfs.server and an absolute nfs.path are required')
    const target = volumeDirectory(context.podDirectory, plugin, name)
    const mounted: MountedVolume = { name, hostPath: target, readOnly, statistics: { by: 'file-system', path: target } }
    // An IPv6 address is put in brackets.
    const source = `${server.includes(':') ? `[${server}]` : server}:${path}`
    if (mode !== 'system' || (await isMountedFrom(context.mounter, target, { source, fsType: /^nfs/, readOnly }))) return mounted
    if (!(await anyThere(helpers))) throw new VolumeError(name, 'the node has no mount.nfs; install nfs-common (Debian, Ubuntu) or nfs-utils (Fedora, RHEL)')
    await makeDirectory(target, 0o750)
    await context.mounter.mountFilesystem('nfs', source, target, [...mountOptions, ...(readOnly ? ['ro'] : [])])
    return mounted
  },
})

async function anyThere(paths: readonly string[]): Promise<boolean> {
  const found = await Promise.allSettled(paths.map((path) => access(path)))
  return found.some(({ status }) => status === 'fulfilled')
}
