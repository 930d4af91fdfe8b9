/** The types of apidiscovery, by version. Written by ../generator from the sources of Kubernetes; the form: ../read-table.ts. */
export const apidiscovery = {
  v2: `
APIGroupDiscovery@ metadata:1=meta/v1.ObjectMeta versions:2=[]APIVersionDiscovery~map(version)
APIResourceDiscovery resource:1=string!wr responseKind:2=meta/v1.GroupVersionKind!p scope:3=ResourceScope!wr singularResource:4=string!wr verbs:5=[]string!wr~set shortNames:6=[]string~set categories:7=[]string~set subresources:8=[]APISubresourceDiscovery~map(subresource)
APISubresourceDiscovery subresource:1=string!wr responseKind:2=meta/v1.GroupVersionKind!p acceptedTypes:3=[]meta/v1.GroupVersionKind~map(group,version,kind) verbs:4=[]string!wr~set
APIVersionDiscovery version:1=string!wr resources:2=[]APIResourceDiscovery~map(resource) freshness:3=DiscoveryFreshness
DiscoveryFreshness=
ResourceScope=
`,
} as const
