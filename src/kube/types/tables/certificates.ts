/** The types of certificates, by version. Written by ../generator from the sources of Kubernetes; the form: ../read-table.ts. */
export const certificates = {
  v1: `
CertificateSigningRequest@ metadata:1=meta/v1.ObjectMeta spec:2=CertificateSigningRequestSpec!wr status:3=CertificateSigningRequestStatus
CertificateSigningRequestCondition type:1=RequestConditionType!wr status:6=core/v1.ConditionStatus!wr reason:2=string message:3=string lastUpdateTime:4=time lastTransitionTime:5=time
CertificateSigningRequestSpec request:1=bytes!wr signerName:7=string!wr expirationSeconds:8=int32!p usages:5=[]KeyUsage~atomic username:2=string uid:3=string groups:4=[]string~atomic extra:6={}boxed
CertificateSigningRequestStatus conditions:1=[]CertificateSigningRequestCondition~map(type) certificate:2=bytes
KeyUsage=any|cert sign|client auth|code signing|content commitment|crl sign|data encipherment|decipher only|digital signature|email protection|encipher only|ipsec end system|ipsec tunnel|ipsec user|key agreement|key encipherment|microsoft sgc|netscape sgc|ocsp signing|s/mime|server auth|signing|timestamping
RequestConditionType=
`,
  v1beta1: `
CertificateSigningRequest@ metadata:1=meta/v1.ObjectMeta spec:2=CertificateSigningRequestSpec!wr status:3=CertificateSigningRequestStatus
CertificateSigningRequestCondition type:1=RequestConditionType!wr status:6=core/v1.ConditionStatus!w reason:2=string message:3=string lastUpdateTime:4=time lastTransitionTime:5=time
CertificateSigningRequestSpec request:1=bytes!wr signerName:7=string!p expirationSeconds:8=int32!p usages:5=[]KeyUsage~atomic username:2=string uid:3=string groups:4=[]string~atomic extra:6={}boxed
CertificateSigningRequestStatus conditions:1=[]CertificateSigningRequestCondition~map(type) certificate:2=bytes
ClusterTrustBundle@ metadata:1=meta/v1.ObjectMeta spec:2=ClusterTrustBundleSpec!wr
ClusterTrustBundleSpec signerName:1=string trustBundle:2=string!wr
KeyUsage=
PodCertificateRequest@ metadata:1=meta/v1.ObjectMeta spec:2=PodCertificateRequestSpec!wr status:3=PodCertificateRequestStatus
PodCertificateRequestSpec signerName:1=string!wr podName:2=string!wr podUID:3=types.UID!wr serviceAccountName:4=string!wr serviceAccountUID:5=types.UID!wr nodeName:6=types.NodeName!wr nodeUID:7=types.UID!wr maxExpirationSeconds:8=int32!p%86400 pkixPublicKey:9=bytes!w proofOfPossession:10=bytes!w stubPKCS10Request:12=bytes!wr unverifiedUserAnnotations:11={}string
PodCertificateRequestStatus conditions:1=[]meta/v1.Condition~map(type)^type certificateChain:2=string notBefore:4=time!p beginRefreshAt:5=time!p notAfter:6=time!p
RequestConditionType=
`,
  v1alpha1: `
ClusterTrustBundle@ metadata:1=meta/v1.ObjectMeta spec:2=ClusterTrustBundleSpec!wr
ClusterTrustBundleSpec signerName:1=string trustBundle:2=string!wr
`,
} as const
