import { status } from '../../grpc/status.ts'
import { sandboxes } from '../../protobuf/cri/sandbox.ts'
import type { PodResources, SandboxId } from '../engine.ts'
import type { CriConnection } from './connection.ts'
import { grpcCode } from './errors.ts'
import { linuxResources } from './resources.ts'

/** A runtime that has no such call does not need it (kubelet 1.36). */
export async function updateSandbox(connection: CriConnection, id: SandboxId, { containers, overhead = {} }: PodResources): Promise<void> {
  const request = { podSandboxId: id, overhead: linuxResources(overhead), resources: linuxResources(containers) }
  try {
    await connection.change(`tell sandbox ${id} what its pod may take`, sandboxes.updateResources, request)
  } catch (error) {
    if (grpcCode(error) !== status.unimplemented) throw error
  }
}
