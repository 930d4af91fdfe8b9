/** The types of discovery, by version. Written by ../generator from the sources of Kubernetes; the form: ../read-table.ts. */
export const discovery = {
  v1: `
AddressType=
Endpoint addresses:1=[]string!wr~set conditions:2=EndpointConditions hostname:3=string!p targetRef:4=core/v1.ObjectReference!p deprecatedTopology:5={}string nodeName:6=string!p zone:7=string!p hints:8=EndpointHints!p
EndpointConditions ready:1=bool!p serving:2=bool!p terminating:3=bool!p
EndpointHints forZones:1=[]ForZone~atomic forNodes:2=[]ForNode~atomic
EndpointPort# name:1=string!p protocol:2=core/v1.Protocol!p port:3=int32!p appProtocol:4=string!p
EndpointSlice@ metadata:1=meta/v1.ObjectMeta addressType:4=AddressType!wr endpoints:2=[]Endpoint!w~atomic ports:3=[]EndpointPort!w~atomic
ForNode name:1=string!wr
ForZone name:1=string!wr
`,
} as const
