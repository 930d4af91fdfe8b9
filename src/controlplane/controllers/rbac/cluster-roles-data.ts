/**
 * The ClusterRoles that every kube-apiserver 1.36 makes, as its bootstrappolicy has them with gates at their defaults. A role is its name and, in brackets, the
 * roles it is gathered into; below it each rule: verbs, then `group,group: resources`, `= names` where only these. `read`, `write` and `all` stand for the usual verbs,
 * no group for the core one, `gathers x` for the roles that are gathered into x.
 */
export const clusterRolesText = `
cluster-admin
  * *: *
  * /*
admin
  gathers admin
edit [admin]
  gathers edit
view [edit]
  gathers view
system:aggregate-to-admin [admin]
  create authorization.k8s.io: localsubjectaccessreviews
  all rbac.authorization.k8s.io: rolebindings roles
system:aggregate-to-edit [edit]
  read pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy
  impersonate serviceaccounts
  write pods pods/attach pods/exec pods/portforward pods/proxy
  create pods/eviction
  write configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts services services/proxy
  create serviceaccounts/token
  write apps: daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale
  write autoscaling: horizontalpodautoscalers
  write batch: cronjobs jobs
  write extensions: daemonsets deployments deployments/rollback deployments/scale ingresses networkpolicies replicasets replicasets/scale replicationcontrollers/scale
  write policy: poddisruptionbudgets
  write networking.k8s.io: ingresses networkpolicies
  all coordination.k8s.io: leases
  write resource.k8s.io: resourceclaims resourceclaimtemplates
system:aggregate-to-view [view]
  read configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status
  read bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status
  read namespaces
  read discovery.k8s.io: endpointslices
  read apps: controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status
  read autoscaling: horizontalpodautoscalers horizontalpodautoscalers/status
  read batch: cronjobs cronjobs/status jobs jobs/status
  read extensions: daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status networkpolicies replicasets replicasets/scale replicasets/status replicationcontrollers/scale
  read policy: poddisruptionbudgets poddisruptionbudgets/status
  read networking.k8s.io: ingresses ingresses/status networkpolicies
  read resource.k8s.io: resourceclaims resourceclaims/status resourceclaimtemplates
system:auth-delegator
  create authentication.k8s.io: tokenreviews
  create authorization.k8s.io: subjectaccessreviews
system:basic-user
  create authorization.k8s.io: selfsubjectaccessreviews selfsubjectrulesreviews
  create authentication.k8s.io: selfsubjectreviews
system:certificates.k8s.io:certificatesigningrequests:nodeclient
  create certificates.k8s.io: certificatesigningrequests/nodeclient
system:certificates.k8s.io:certificatesigningrequests:selfnodeclient
  create certificates.k8s.io: certificatesigningrequests/selfnodeclient
system:certificates.k8s.io:kube-apiserver-client-approver
  approve certificates.k8s.io: signers = kubernetes.io/kube-apiserver-client
system:certificates.k8s.io:kube-apiserver-client-kubelet-approver
  approve certificates.k8s.io: signers = kubernetes.io/kube-apiserver-client-kubelet
system:certificates.k8s.io:kubelet-serving-approver
  approve certificates.k8s.io: signers = kubernetes.io/kubelet-serving
system:certificates.k8s.io:legacy-unknown-approver
  approve certificates.k8s.io: signers = kubernetes.io/legacy-unknown
system:discovery
  get /api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/
system:heapster
  read events namespaces nodes pods
  read extensions: deployments
system:kube-aggregator
  read endpoints services
system:kube-controller-manager
  create,patch,update core,events.k8s.io: events
  create coordination.k8s.io: leases
  get,update coordination.k8s.io: leases = kube-controller-manager
  create secrets serviceaccounts
  delete secrets
  get configmaps namespaces secrets serviceaccounts
  update secrets serviceaccounts
  create authentication.k8s.io: tokenreviews
  create authorization.k8s.io: subjectaccessreviews
  list,watch *: *
  create serviceaccounts/token
system:kube-dns
  list,watch endpoints services
system:kube-scheduler
  create,patch,update core,events.k8s.io: events
  create coordination.k8s.io: leases
  get,list,update,watch coordination.k8s.io: leases = kube-scheduler
  all coordination.k8s.io: leasecandidates
  read nodes
  delete,get,list,watch pods
  create bindings pods/binding
  patch,update pods/status
  read replicationcontrollers services
  read apps,extensions: replicasets
  read apps: statefulsets
  read policy: poddisruptionbudgets
  read persistentvolumeclaims persistentvolumes
  create authentication.k8s.io: tokenreviews
  create authorization.k8s.io: subjectaccessreviews
  read storage.k8s.io: csinodes
  read storage.k8s.io: volumeattachments
  read namespaces
  read storage.k8s.io: csidrivers
  read storage.k8s.io: csistoragecapacities
  read resource.k8s.io: deviceclasses
  get,list,patch,update,watch resource.k8s.io: resourceclaims
  get,list,patch,update,watch resource.k8s.io: resourceclaims/status
  get,list,patch,update,watch pods/finalizers
  read resource.k8s.io: resourceslices
  create,delete resource.k8s.io: resourceclaims
  patch,update resource.k8s.io: resourceclaims/binding
system:kubelet-api-admin
  read nodes
  proxy nodes
  * nodes/log nodes/metrics nodes/proxy nodes/stats
  * nodes/configz nodes/healthz nodes/pods
system:monitoring
  get /healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/*
  get /flagz
  get /statusz
system:node
  create authentication.k8s.io: tokenreviews
  create authorization.k8s.io: localsubjectaccessreviews subjectaccessreviews
  read services
  create,get,list,watch nodes
  patch,update nodes/status
  patch,update nodes
  create,patch,update events
  read pods
  create,delete pods
  patch,update pods/status
  create pods/eviction
  read configmaps secrets
  get persistentvolumeclaims persistentvolumes
  get endpoints
  create,get,list,watch certificates.k8s.io: certificatesigningrequests
  create,delete,get,patch,update coordination.k8s.io: leases
  get storage.k8s.io: volumeattachments
  create serviceaccounts/token
  get,patch,update persistentvolumeclaims/status
  read storage.k8s.io: csidrivers
  create,delete,get,patch,update storage.k8s.io: csinodes
  read node.k8s.io: runtimeclasses
  get resource.k8s.io: resourceclaims
  deletecollection resource.k8s.io: resourceslices
  get serviceaccounts
system:node-bootstrapper
  create,get,list,watch certificates.k8s.io: certificatesigningrequests
system:node-problem-detector
  get nodes
  patch nodes/status
  create,patch,update core,events.k8s.io: events
system:node-proxier
  list,watch endpoints services
  read nodes
  create,patch,update core,events.k8s.io: events
  list,watch networking.k8s.io: servicecidrs
  list,watch discovery.k8s.io: endpointslices
system:persistent-volume-provisioner
  create,delete,get,list,watch persistentvolumes
  get,list,update,watch persistentvolumeclaims
  read storage.k8s.io: storageclasses
  watch events
  create,patch,update core,events.k8s.io: events
system:public-info-viewer
  get /healthz /livez /readyz /version /version/
system:service-account-issuer-discovery
  get /.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/
system:volume-scheduler
  get,list,patch,update,watch persistentvolumes
  read storage.k8s.io: storageclasses
  get,list,patch,update,watch persistentvolumeclaims
`

/** ClusterRoleBindings to a ClusterRole of the same name: for groups, users (`User x`) and service accounts of kube-system (`ServiceAccount x`). */
export const clusterRoleBindingsText = `
cluster-admin: Group system:masters
system:monitoring: Group system:monitoring
system:discovery: Group system:authenticated
system:basic-user: Group system:authenticated
system:public-info-viewer: Group system:authenticated, Group system:unauthenticated
system:node-proxier: User system:kube-proxy
system:kube-controller-manager: User system:kube-controller-manager
system:kube-dns: ServiceAccount kube-dns
system:kube-scheduler: User system:kube-scheduler
system:volume-scheduler: User system:kube-scheduler
system:service-account-issuer-discovery: Group system:serviceaccounts
system:node:
`

/** Roles of a namespace, written `namespace/name`. */
export const rolesText = `
kube-public/system:controller:bootstrap-signer
  read configmaps
  update configmaps = cluster-info
  create,patch,update core,events.k8s.io: events
kube-system/extension-apiserver-authentication-reader
  read configmaps = extension-apiserver-authentication
kube-system/system::leader-locking-kube-controller-manager
  create,get,list,update,watch coordination.k8s.io: leases
  create,get,list,update,watch coordination.k8s.io: leasecandidates
kube-system/system::leader-locking-kube-scheduler
  create,get,list,update,watch coordination.k8s.io: leases
  create,get,list,update,watch coordination.k8s.io: leasecandidates
kube-system/system:controller:bootstrap-signer
  read secrets
kube-system/system:controller:cloud-provider
  create,get,list,watch configmaps
kube-system/system:controller:token-cleaner
  delete,get,list,watch secrets
  create,patch,update core,events.k8s.io: events
`

/** RoleBindings: `namespace/name > role: subjects`. */
export const roleBindingsText = `
kube-public/system:controller:bootstrap-signer > system:controller:bootstrap-signer: ServiceAccount bootstrap-signer
kube-system/system::extension-apiserver-authentication-reader > extension-apiserver-authentication-reader: User system:kube-controller-manager, User system:kube-scheduler
kube-system/system::leader-locking-kube-controller-manager > system::leader-locking-kube-controller-manager: User system:kube-controller-manager, ServiceAccount kube-controller-manager, ServiceAccount leader-election-controller
kube-system/system::leader-locking-kube-scheduler > system::leader-locking-kube-scheduler: User system:kube-scheduler, ServiceAccount kube-scheduler
kube-system/system:controller:bootstrap-signer > system:controller:bootstrap-signer: ServiceAccount bootstrap-signer
kube-system/system:controller:cloud-provider > system:controller:cloud-provider: ServiceAccount cloud-provider
kube-system/system:controller:token-cleaner > system:controller:token-cleaner: ServiceAccount token-cleaner
`
