import type { Volume } from '../../kube/objects.ts'
import type { Payload } from '../atomic-writer.ts'
import type { VolumeContext } from '../volume.ts'

type Projected = NonNullable<Volume['projected']>
type Source = NonNullable<NonNullable<Projected['sources']>[number]['clusterTrustBundle']>

/** Trust anchors of the cluster as one file. None at all fails the volume, unless they are optional: the file is then empty. */
export async function projectTrustBundle(context: VolumeContext, source: Source, mode: number): Promise<Payload> {
  const { name, signerName, labelSelector, optional, path } = source
  const pem = await context.sources.trustBundle(name ? { name } : { signerName, selector: labelSelector && selectorText(labelSelector) })
  if (pem === '' && !optional)
    throw new Error(
      name ? `ClusterTrustBundle ${JSON.stringify(name)} not found` : 'combination of signerName and labelSelector matched zero ClusterTrustBundles',
    )
  return new Map([[path, { data: Buffer.from(pem), mode }]])
}

/** As the API takes a selector in a query. */
function selectorText({ matchLabels = {}, matchExpressions = [] }: NonNullable<Source['labelSelector']>): string {
  const labels = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`)
  const expressions = matchExpressions.map(({ key, operator, values = [] }) => {
    switch (operator) {
      case 'Exists':
        return key
      case 'DoesNotExist':
        return `!${key}`
      default:
        return `${key} ${operator === 'NotIn' ? 'notin' : 'in'} (${values.join(',')})`
    }
  })
  return [...labels, ...expressions].join(',')
}
