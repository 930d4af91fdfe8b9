import { createHash } from 'node:crypto'
import type { Container } from '../../../src/kube/objects.ts'

/** Over name and image only (kubelet 1.31 on), so that nothing else of the spec restarts a container. */
export const containerHash = (container: Pick<Container, 'name' | 'image'>): string =>
  createHash('sha256')
    .update(JSON.stringify([container.name, container.image]))
    .digest('hex')
    .slice(0, 8)
