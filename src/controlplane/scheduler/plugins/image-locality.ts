import type { Plugin } from '../framework/plugin.ts'
import type { PodInfo } from '../snapshot/pod-info.ts'

const mebibyte = 1024 * 1024
/** kube-scheduler's minThreshold and maxContainerThreshold, bytes: less is not worth it, more is not better. */
const least = 23 * mebibyte
const mostEach = 1000 * mebibyte

/** Prefers nodes that have the pod's images, counted by their size and by how many nodes have them: the pods of one image are not all drawn to one node. */
export const imageLocality: Plugin = {
  name: 'ImageLocality',
  weight: 1,
  preScore(pod, cluster, nodes) {
    const images = imagesOf(pod)
    if (!nodes.some((node) => images.some((image) => node.images.has(image)))) return undefined
    const total = cluster.nodes.length
    const most = mostEach * images.length
    return {
      score(node) {
        const sum = images.reduce((bytes, image) => bytes + Math.trunc((node.images.get(image) ?? 0) * (cluster.nodesWithImage(image) / total)), 0)
        const counted = Math.min(Math.max(sum, least), most)
        return Math.trunc((100 * (counted - least)) / (most - least))
      },
    }
  },
}

function imagesOf({ pod }: PodInfo): readonly string[] {
  const { containers = [], initContainers = [], volumes = [] } = pod.spec ?? {}
  const named = [...initContainers, ...containers].map(({ image }) => image)
  const mounted = volumes.flatMap(({ image }) => (image ? [image.reference] : []))
  return [...named, ...mounted].map((image = '') => (image.lastIndexOf(':') <= image.lastIndexOf('/') ? `${image}:latest` : image))
}
