/** A good object of each kind with a namespace, as a client writes it; named `web`. */
const labels = { app: 'web' }
const template = (spec: object = {}) => ({ metadata: { labels }, spec: { containers: [{ name: 'c', image: 'busybox:1' }], ...spec } })
const selector = { matchLabels: labels }
const metadata = { name: 'web' }

export const samples: Readonly<Record<string, object>> = {
  'deployments.apps': { metadata, spec: { selector, template: template() } },
  'replicasets.apps': { metadata, spec: { selector, template: template() } },
  'statefulsets.apps': {
    metadata,
    spec: {
      selector,
      serviceName: 'web',
      template: template(),
      volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }],
    },
  },
  'daemonsets.apps': { metadata, spec: { selector, template: template() } },
  'controllerrevisions.apps': { metadata, revision: 3, data: { spec: { template: {} } } },
  'jobs.batch': { metadata, spec: { template: template({ restartPolicy: 'Never' }) } },
  'cronjobs.batch': { metadata, spec: { schedule: '*/5 * * * *', jobTemplate: { spec: { template: template({ restartPolicy: 'OnFailure' }) } } } },
  'horizontalpodautoscalers.autoscaling': { metadata, spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, maxReplicas: 3 } },
  'poddisruptionbudgets.policy': { metadata, spec: { minAvailable: 1, selector } },
  replicationcontrollers: { metadata, spec: { template: template() } },
  podtemplates: { metadata, template: template() },
  limitranges: { metadata, spec: { limits: [{ type: 'Container', max: { cpu: '2' }, min: { memory: '1Mi' } }] } },
  resourcequotas: { metadata, spec: { hard: { pods: '4', 'requests.cpu': '2', 'count/deployments.apps': '3' } } },
}
