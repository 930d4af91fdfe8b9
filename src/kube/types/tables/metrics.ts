/** The types of metrics, by version. Written by ../generator from the sources of Kubernetes; the form: ../read-table.ts. */
export const metrics = {
  v1beta1: `
ContainerMetrics name:1=string!wr usage:2={}quantity!wr
NodeMetrics@ metadata:1=meta/v1.ObjectMeta timestamp:2=time!wr window:3=duration!wr usage:4={}quantity!wr
PodMetrics@ metadata:1=meta/v1.ObjectMeta timestamp:2=time!wr window:3=duration!wr containers:4=[]ContainerMetrics!wr~atomic
`,
} as const
