import type { UnderWay } from './test-clock.ts'

/** Resources of Node whose presence means that something is being read or written. */
const filesAtWork = new Set(['FSReqCallback', 'FSReqPromise', 'CloseReq', 'FileHandleCloseReq', 'RandomBytesRequest', 'GetAddrInfoReqWrap'])

/** What goes on in this process that the clock of these nodes has to do with. */
export function underWay(nodes: readonly { readonly busy: boolean }[]): UnderWay {
  for (const node of nodes) if (node.busy) return 'work'
  let turns = false
  for (const resource of process.getActiveResourcesInfo()) {
    if (filesAtWork.has(resource)) return 'work'
    turns ||= resource === 'Immediate'
  }
  return turns ? 'turns' : 'nothing'
}
