import { CsiError, call } from '../../../src/csi/call.ts'
import { codeName } from '../../../src/grpc/status.ts'
import type { StorageOperation } from '../../../src/metrics/storage-operations.ts'
import type { Given, Method, Taken } from '../../../src/protobuf/table.ts'
import type { CsiDriver } from './drivers.ts'

/** Is told what drivers do, and how many seconds that took. */
export interface CsiWatcher {
  /** `code` as Go's gRPC has it. */
  called(driver: string, method: string, code: string, seconds: number): void
  undone(operation: StorageOperation, driver: string, seconds: number, failed: boolean): void
}

/** kubelet 1.32: the request did not come as far as gRPC. */
const notGrpc = 'unknown-non-grpc'

/** A call of a driver's own service, and not of its registration, is told. Throws `CsiError`. */
export async function callDriver<M extends Method>(
  { name, endpoint }: Pick<CsiDriver, 'name' | 'endpoint'>,
  method: M,
  request: Given<M['request']>,
  watcher: CsiWatcher | undefined,
  deadlineMs?: number,
): Promise<Taken<M['response']>> {
  const began = performance.now()
  const tell = (code: string) => watcher?.called(name, method.path, code, (performance.now() - began) / 1000)
  try {
    const answer = await call(endpoint, method, request, deadlineMs)
    tell('OK')
    return answer
  } catch (error) {
    tell(error instanceof CsiError ? codeName(error.code) : notGrpc)
    throw error
  }
}

/** What undoes something of a volume, told whether it throws or not. */
export async function undoing(operation: StorageOperation, driver: string, watcher: CsiWatcher | undefined, undo: () => Promise<void>): Promise<void> {
  const began = performance.now()
  const tell = (failed: boolean) => watcher?.undone(operation, driver, (performance.now() - began) / 1000, failed)
  try {
    await undo()
  } catch (error) {
    tell(true)
    throw error
  }
  tell(false)
}
