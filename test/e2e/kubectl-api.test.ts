/** The system's kubectl against a cluster of the harness: what each command prints, and with which code it ends. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type Cluster, startCluster } from '../../src/harness/harness.ts'
import { Kubectl, type KubectlResult } from '../support/kubectl.ts'

/** A command, what it prints (on either stream), and its exit code when that is not 0. */
type Row = readonly [command: string, prints: RegExp, code?: number]

const widgets = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.example.com }
spec:
  group: example.com
  names: { kind: Widget, plural: widgets, singular: widget, shortNames: [wi] }
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec: { type: object, properties: { size: { type: integer, minimum: 1, description: How big. } } }
            status: { type: object, properties: { size: { type: integer } } }
      additionalPrinterColumns: [{ name: Size, type: integer, jsonPath: .spec.size }]
      subresources: { status: {}, scale: { specReplicasPath: .spec.size, statusReplicasPath: .status.size } }
`
const widget = (name: string, spec: string) => `apiVersion: example.com/v1
kind: Widget
metadata: { name: ${name} }
spec: { ${spec} }
`
const configMap = (name: string, data: string) => `apiVersion: v1
kind: ConfigMap
metadata: { name: ${name}, labels: { set: one } }
${data}
`
const files: Readonly<Record<string, string>> = {
  'crd.yaml': widgets,
  'widget.yaml': widget('w', 'size: 2'),
  'small.yaml': widget('small', 'size: 0'),
  'misspelt.yaml': widget('misspelt', 'sze: 3'),
  'one.yaml': configMap('one', 'data: { key: "1" }'),
  'two.yaml': configMap('one', 'data: { key: "2" }'),
  'other.yaml': configMap('other', 'data: {}'),
  'wrong.yaml': configMap('wrong', 'dta: {}'),
  'kustomization.yaml': 'resources: [other.yaml]\nnamePrefix: made-\n',
  'role.yaml': `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: reconciled, namespace: default }
rules: [{ apiGroups: [""], resources: [pods], verbs: [get] }]
`,
}

describe('kubectl, of each command', () => {
  let cluster: Cluster
  let directory: string
  let kubectl: Kubectl
  before(async () => {
    cluster = await startCluster({ nodes: ['a', 'b'] })
    directory = await mkdtemp(join(tmpdir(), 'kubectl-api-'))
    for (const [name, text] of Object.entries({ ...files, kubeconfig: cluster.kubeconfig() })) await writeFile(join(directory, name), text)
    kubectl = new Kubectl(join(directory, 'kubeconfig'))
  })
  after(async () => {
    await cluster[Symbol.asyncDispose]()
    await rm(directory, { recursive: true })
  })

  /** Words of a command; what is between quotes is one, and `@name` is a file of the test. */
  const words = (command: string) => (command.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^'|'$/g, '').replace(/^@/, `${directory}/`))
  const check = ([command, prints, code = 0]: Row, result: KubectlResult) => {
    const printed = result.stdout + result.stderr
    assert.equal(result.code, code, `kubectl ${command}: ${printed}`)
    assert.match(printed, prints, `kubectl ${command}`)
  }
  const all = async (rows: readonly Row[], env: Record<string, string> = {}) => {
    for (const row of rows) check(row, await kubectl.run(words(row[0]), { env }))
  }

  it('create makes what each of its generators makes, and says what is there already', () =>
    all([
      ['create deployment web --image=nginx --replicas=2 --port=80', /^deployment.apps\/web created$/m],
      ['create job once --image=busybox -- true', /^job.batch\/once created$/m],
      [`create cronjob tick --image=busybox '--schedule=*/5 * * * *' -- date`, /^cronjob.batch\/tick created$/m],
      ['create job manual --from=cronjob/tick', /^job.batch\/manual created$/m],
      ['create quota q --hard=pods=50,configmaps=100', /^resourcequota\/q created$/m],
      ['create pdb p --selector=app=web --min-available=1', /^poddisruptionbudget.policy\/p created$/m],
      ['create role reader --verb=get,list --resource=pods,pods/log', /^role.rbac.authorization.k8s.io\/reader created$/m],
      ['create clusterrole nodes --verb=get --resource=nodes', /^clusterrole.rbac.authorization.k8s.io\/nodes created$/m],
      ['create clusterrole gathered --aggregation-rule=a=b', /gathered created$/m],
      ['create sa bot', /^serviceaccount\/bot created$/m],
      ['create rolebinding rb --role=reader --user=jane --serviceaccount=default:bot', /\/rb created$/m],
      ['create clusterrolebinding crb --clusterrole=nodes --group=ops', /\/crb created$/m],
      ['create token bot --duration=10m --audience=x', /^[\w-]+\.[\w-]+\.[\w-]+\s*$/],
      ['create token bot --duration=1s', /spec.expirationSeconds: Invalid value: 1: may not specify a duration less than 10 minutes/, 1],
      ['create secret generic s --from-literal=a=b', /^secret\/s created$/m],
      ['create secret docker-registry d --docker-username=u --docker-password=p --docker-server=r.io', /^secret\/d created$/m],
      ['create configmap c --from-literal=k=v', /^configmap\/c created$/m],
      ['create service clusterip sc --tcp=80:8080', /^service\/sc created$/m],
      ['create service clusterip sh --clusterip=None', /^service\/sh created$/m],
      ['create service nodeport sn --tcp=80 --node-port=30080', /^service\/sn created$/m],
      ['create service externalname se --external-name=example.com', /^service\/se created$/m],
      ['create service loadbalancer sl --tcp=80', /^service\/sl created$/m],
      ['create ingress i --rule=a.com/x*=sc:80,tls=t --class=c', /^ingress.networking.k8s.io\/i created$/m],
      ['create priorityclass pc --value=1000', /^priorityclass.scheduling.k8s.io\/pc created$/m],
      ['create namespace other', /^namespace\/other created$/m],
      ['create namespace other', /^Error from server \(AlreadyExists\): namespaces "other" already exists$/m, 1],
      ['create configmap dry --dry-run=server', /^configmap\/dry created \(server dry run\)$/m],
      ['get configmap dry', /NotFound/, 1],
      ['expose deployment web --port=80', /^service\/web exposed$/m],
      ['run pod --image=busybox --labels=a=b -- sleep 100', /^pod\/pod created$/m],
    ]))

  it('scale, autoscale, set, label, annotate, patch and edit change what they name', async () => {
    await all([
      ['scale deployment web --replicas=3', /^deployment.apps\/web scaled$/m],
      ['scale deployment web --replicas=4 --current-replicas=2', /Expected replicas to be 2, was 3/, 1],
      ['get deployment web --subresource=scale', /^NAME +DESIRED +AVAILABLE +AGE\nweb +3 +\d+ +\d+s$/m],
      ['autoscale deployment web --min=1 --max=4 --cpu-percent=80', /autoscaled$/m],
      ['set image deployment/web nginx=nginx:2', /image updated$/m],
      ['set env deployment/web A=B', /env updated$/m],
      ['set env deployment/web --list', /^A=B$/m],
      ['set resources deployment web --limits=cpu=200m --requests=cpu=100m', /resource requirements updated$/m],
      ['set sa deployment web bot', /serviceaccount updated$/m],
      ['set selector svc sc app=web', /selector updated$/m],
      ['set subject rolebinding rb --user=joe', /subjects updated$/m],
      ['label deploy web tier=front', /labeled$/m],
      ['label deploy web tier=back', /already has a value \(front\)/, 1],
      ['label deploy web tier-', /unlabeled$/m],
      ['annotate deploy web n=1', /annotated$/m],
      [`patch deploy web -p '{"spec":{"replicas":2}}'`, /patched$/m],
      [`patch deploy web --type merge -p '{"spec":{"paused":true}}'`, /patched$/m],
      [`patch deploy web --type json -p '[{"op":"replace","path":"/spec/paused","value":false}]'`, /patched$/m],
      [`patch deploy web --type json -p '[{"op":"test","path":"/spec/paused","value":true}]'`, /server rejected our request/, 1],
      [`patch deploy web --subresource=scale --type merge -p '{"spec":{"replicas":1}}'`, /^scale.autoscaling\/web patched$/m],
    ])
    await all([['edit deploy web', /^deployment.apps\/web edited$/m]], { EDITOR: 'sed -i s/nginx:2$/nginx:3/' })
    await all([['edit deploy web', /no changes made/]], { EDITOR: 'true' })
  })

  it('apply, diff, replace and delete go by who manages what', () =>
    all([
      ['apply -f @one.yaml', /^configmap\/one created$/m],
      ['diff -f @one.yaml', /^$/],
      ['diff -f @two.yaml', /^- {2}key: "1"\n\+ {2}key: "2"$/m, 1],
      ['apply -f @one.yaml', /^configmap\/one unchanged$/m],
      ['apply -f @two.yaml', /^configmap\/one configured$/m],
      ['apply --server-side --field-manager=me -f @one.yaml', /conflict with "kubectl-client-side-apply" using v1: \.data\.key/, 1],
      ['apply --server-side --field-manager=me --force-conflicts -f @one.yaml', /^configmap\/one serverside-applied$/m],
      ['apply --server-side --field-manager=you -f @two.yaml', /conflict with "me": \.data\.key/, 1],
      ['replace -f @two.yaml', /^configmap\/one replaced$/m],
      ['replace --force -f @two.yaml', /^configmap "one" deleted.*\nconfigmap\/one replaced$/m],
      ['apply -f @other.yaml', /created$/m],
      ['apply -f @one.yaml --prune -l set=one --prune-allowlist=core/v1/ConfigMap', /^configmap\/other pruned$/m],
      ['apply -k @.', /^configmap\/made-other created$/m],
      ['create --validate=strict -f @wrong.yaml', /strict decoding error: unknown field "dta"/, 1],
      ['create --validate=warn -f @wrong.yaml', /^Warning: unknown field "dta"$/m],
      ['delete configmap -l set=one', /^configmap "one" deleted/m],
    ]))

  it('get shows by columns, templates and selectors, and explain, api-resources and top what there is', () =>
    all([
      ['get deploy web -o wide', /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE +CONTAINERS +IMAGES +SELECTOR\nweb .* nginx +nginx:3 +app=web$/m],
      ['get deploy web -o jsonpath={.spec.template.spec.serviceAccountName}', /^bot$/],
      ['get svc -o custom-columns=N:.metadata.name,T:.spec.type', /^se +ExternalName$/m],
      ['get deploy,cronjob -o name', /^deployment.apps\/web\ncronjob.batch\/tick$/m],
      ['get pods --show-labels -l a=b', /^pod .* a=b$/m],
      ['get svc --sort-by=.metadata.name --chunk-size=2', /kubernetes[\s\S]*\nsc [\s\S]*\nweb /],
      ['get pods --field-selector=spec.foo=x', /field label not supported: spec.foo/, 1],
      ['get nothings', /the server doesn't have a resource type "nothings"/, 1],
      ['get pod nothing --ignore-not-found', /^$/],
      ['get --raw /readyz?verbose', /^\[\+\]ping ok\n[\s\S]*\nreadyz check passed\n$/],
      ['describe deployment web', /^Name: +web$/m],
      ['explain deployment.spec.replicas', /FIELD: replicas <integer>/],
      ['explain pod.spec.nothing', /field "nothing" does not exist/, 1],
      ['api-resources --api-group=apps --no-headers', /^deployments +deploy +apps\/v1 +true +Deployment$/m],
      ['api-versions', /^apps\/v1$/m],
      ['cluster-info', /control plane/],
      ['version', /^Server Version: v1\.36\./m],
      ['auth can-i get pods --as joe', /^yes$/m],
      ['auth can-i get secrets --as joe', /^no$/m, 1],
      ['auth can-i --list --as joe', /^pods\/log .*\[get list\]$/m],
      ['auth whoami --as joe --as-group ops', /^Groups +\[ops system:authenticated\]$/m],
      ['auth reconcile -f @role.yaml', /reconciled/],
    ]))

  it('wait, rollout, cordon, taint and drain do what they say', () =>
    all([
      ['wait --for=condition=Ready pod/pod --timeout=30s', /^pod\/pod condition met$/m],
      ['wait --for=jsonpath={.status.phase}=Running pod/pod --timeout=30s', /condition met$/m],
      ['wait --for=condition=Nope pod/pod --timeout=1s', /timed out waiting for the condition on pods\/pod/, 1],
      ['exec pod -c nothing -- true', /container nothing is not valid for pod pod/, 1],
      ['events --for pod/pod', /Successfully assigned default\/pod to/],
      ['rollout pause deploy/web', /paused$/m],
      ['rollout resume deploy/web', /resumed$/m],
      ['rollout restart deploy/web', /restarted$/m],
      ['cordon a', /^node\/a cordoned$/m],
      ['get node a', /Ready,SchedulingDisabled/],
      ['drain a --force --disable-eviction --pod-selector=a=b', /^node\/a drained$/m],
      ['uncordon a', /^node\/a uncordoned$/m],
      ['taint node a k=v:NoSchedule', /tainted$/m],
      ['taint node a k=v:NoSchedule', /already has k taint\(s\) with same effect\(s\)/, 1],
      ['taint node a k-', /untainted$/m],
    ]))

  it('a custom kind lives from its definition to the end of it', () =>
    all([
      ['apply -f @crd.yaml', /widgets.example.com created$/m],
      ['wait --for=condition=established crd/widgets.example.com --timeout=30s', /condition met$/m],
      ['apply -f @widget.yaml', /^widget.example.com\/w created$/m],
      ['apply -f @small.yaml', /The Widget "small" is invalid: spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1/, 1],
      ['apply -f @misspelt.yaml', /strict decoding error: unknown field "spec.sze"/, 1],
      ['get wi', /^NAME +SIZE\nw +2$/m],
      ['explain widget.spec.size', /FIELD: size <integer>[\s\S]*How big\./],
      [`patch widget w --type merge -p '{"spec":{"size":3}}'`, /patched$/m],
      [`patch widget w -p '{"spec":{"size":3}}'`, /strategic-merge-patch\+json is not supported/, 1],
      ['scale widget w --replicas=5', /scaled$/m],
      ['get widget w -o jsonpath={.spec.size}', /^5$/],
      ['delete widget w', /^widget.example.com "w" deleted/m],
      ['delete crd widgets.example.com', /deleted/],
      ['get widgets', /the server (could not find the requested resource|doesn't have a resource type)/, 1],
    ]))
})
