/** The types of networking, by version. Written by ../generator from the sources of Kubernetes; the form: ../read-table.ts. */
export const networking = {
  v1: `
HTTPIngressPath path:1=string pathType:3=PathType!pwr backend:2=IngressBackend!wr
HTTPIngressRuleValue paths:1=[]HTTPIngressPath!wr~atomic
IPAddress@ metadata:1=meta/v1.ObjectMeta spec:2=IPAddressSpec!r
IPAddressSpec parentRef:1=ParentReference!pr
IPBlock cidr:1=string!wr except:2=[]string~atomic
Ingress@ metadata:1=meta/v1.ObjectMeta spec:2=IngressSpec status:3=IngressStatus
IngressBackend service:4=IngressServiceBackend!p resource:3=core/v1.TypedLocalObjectReference!p
IngressClass@ metadata:1=meta/v1.ObjectMeta spec:2=IngressClassSpec
IngressClassParametersReference apiGroup:1=string!p kind:2=string!wr name:3=string!wr scope:4=string!pw namespace:5=string!p
IngressClassSpec controller:1=string parameters:2=IngressClassParametersReference!p
IngressLoadBalancerIngress ip:1=string hostname:2=string ports:4=[]IngressPortStatus~atomic
IngressLoadBalancerStatus ingress:1=[]IngressLoadBalancerIngress~atomic
IngressPortStatus port:1=int32!wr protocol:2=core/v1.Protocol!wr error:3=string!p
IngressRule host:1=string +:2=IngressRuleValue
IngressRuleValue http:1=HTTPIngressRuleValue!p
IngressServiceBackend name:1=string!wr port:2=ServiceBackendPort
IngressSpec ingressClassName:4=string!p defaultBackend:1=IngressBackend!p tls:2=[]IngressTLS~atomic rules:3=[]IngressRule~atomic
IngressStatus loadBalancer:1=IngressLoadBalancerStatus
IngressTLS hosts:1=[]string~atomic secretName:2=string
NetworkPolicy@ metadata:1=meta/v1.ObjectMeta spec:2=NetworkPolicySpec
NetworkPolicyEgressRule ports:1=[]NetworkPolicyPort~atomic to:2=[]NetworkPolicyPeer~atomic
NetworkPolicyIngressRule ports:1=[]NetworkPolicyPort~atomic from:2=[]NetworkPolicyPeer~atomic
NetworkPolicyPeer podSelector:1=meta/v1.LabelSelector!p namespaceSelector:2=meta/v1.LabelSelector!p ipBlock:3=IPBlock!p
NetworkPolicyPort protocol:1=core/v1.Protocol!p port:2=intorstring!p endPort:3=int32!p
NetworkPolicySpec podSelector:1=meta/v1.LabelSelector!w ingress:2=[]NetworkPolicyIngressRule~atomic egress:3=[]NetworkPolicyEgressRule~atomic policyTypes:4=[]PolicyType~atomic
ParentReference group:1=string resource:2=string!r namespace:3=string name:4=string!r
PathType=
PolicyType=Egress|Ingress
ServiceBackendPort# name:1=string number:2=int32
ServiceCIDR@ metadata:1=meta/v1.ObjectMeta spec:2=ServiceCIDRSpec status:3=ServiceCIDRStatus
ServiceCIDRSpec cidrs:1=[]string~atomic
ServiceCIDRStatus conditions:1=[]meta/v1.Condition~map(type)^type
`,
  v1beta1: `
HTTPIngressPath path:1=string pathType:3=PathType!p backend:2=IngressBackend!wr
HTTPIngressRuleValue paths:1=[]HTTPIngressPath!wr~atomic
IPAddress@ metadata:1=meta/v1.ObjectMeta spec:2=IPAddressSpec!r
IPAddressSpec parentRef:1=ParentReference!pr
Ingress@ metadata:1=meta/v1.ObjectMeta spec:2=IngressSpec status:3=IngressStatus
IngressBackend serviceName:1=string servicePort:2=intorstring resource:3=core/v1.TypedLocalObjectReference!p
IngressClass@ metadata:1=meta/v1.ObjectMeta spec:2=IngressClassSpec
IngressClassParametersReference apiGroup:1=string!p kind:2=string!wr name:3=string!wr scope:4=string!pwr namespace:5=string!p
IngressClassSpec controller:1=string parameters:2=IngressClassParametersReference!p
IngressLoadBalancerIngress ip:1=string hostname:2=string ports:4=[]IngressPortStatus~atomic
IngressLoadBalancerStatus ingress:1=[]IngressLoadBalancerIngress~atomic
IngressPortStatus port:1=int32!wr protocol:2=core/v1.Protocol!wr error:3=string!p
IngressRule host:1=string +:2=IngressRuleValue
IngressRuleValue http:1=HTTPIngressRuleValue!p
IngressSpec ingressClassName:4=string!p backend:1=IngressBackend!p tls:2=[]IngressTLS~atomic rules:3=[]IngressRule~atomic
IngressStatus loadBalancer:1=IngressLoadBalancerStatus
IngressTLS hosts:1=[]string~atomic secretName:2=string
ParentReference group:1=string resource:2=string!r namespace:3=string name:4=string!r
PathType=
ServiceCIDR@ metadata:1=meta/v1.ObjectMeta spec:2=ServiceCIDRSpec status:3=ServiceCIDRStatus
ServiceCIDRSpec cidrs:1=[]string~atomic
ServiceCIDRStatus conditions:1=[]meta/v1.Condition~map(type)^type
`,
} as const
