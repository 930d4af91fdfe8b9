/** The types of node, by version. Written by ../generator from the sources of Kubernetes; the form: ../read-table.ts. */
export const node = {
  v1: `
Overhead podFixed:1={}quantity
RuntimeClass@ metadata:1=meta/v1.ObjectMeta handler:2=string!wr overhead:3=Overhead!p scheduling:4=Scheduling!p
Scheduling nodeSelector:1={}string!a tolerations:2=[]core/v1.Toleration~atomic
`,
} as const
