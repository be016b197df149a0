import { HeadgateError } from '../../common/error.ts';

/** What is known about the GPU; shown in the status line and the key of the autotuner's choices. */
export interface AdapterFacts {
  /** For people, e.g. `NVIDIA ada-lovelace` or `SwiftShader`. */
  readonly name: string;
  readonly vendor: string;
  readonly architecture: string;
  /** Its name and version; empty where the browser does not tell. */
  readonly driver: string;
  /** True on an adapter that computes on the CPU: everything works, slowly. */
  readonly isSoftware: boolean;
  /** Bytes of the GPU's own memory; null where the browser does not tell. */
  readonly memory: number | null;
  /** Lanes of a subgroup as [least, most]; null without subgroups. */
  readonly subgroupSize: readonly [number, number] | null;
}

/** Features that kernels use when they are there. */
const WANTED_FEATURES = ['timestamp-query', 'subgroups', 'shader-f16', 'float32-filterable'] as const;

/** Limits that are asked for at the adapter's own maximum. */
const WANTED_LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupsPerDimension',
  'maxTextureDimension2D',
] as const;

/**
 * The fastest adapter of the machine and a device on it, with every limit and feature that kernels can use. Views and
 * Three.js share the device, so nothing is switched off that WebGPU gives by default.
 * @throws HeadgateError `no-webgpu` when the browser has no WebGPU, `no-gpu-adapter` when the machine offers no adapter.
 */
export async function requestDevice(): Promise<{ device: GPUDevice; facts: AdapterFacts }> {
  if (typeof navigator === 'undefined' || !('gpu' in navigator))
    throw new HeadgateError(
      'no-webgpu',
      'This browser has no WebGPU, which Headgate computes and draws with.',
      'Use a current Chrome, Edge or Chromium (113 or newer), or the desktop app.',
    );
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null)
    throw new HeadgateError(
      'no-gpu-adapter',
      'WebGPU is here, but it found no graphics adapter that it may use.',
      'Switch on hardware acceleration in the browser’s settings, or update the graphics driver.',
    );
  const requiredFeatures = WANTED_FEATURES.filter((feature) => adapter.features.has(feature));
  const requiredLimits = Object.fromEntries(WANTED_LIMITS.map((limit) => [limit, adapter.limits[limit]]));
  const device = await adapter.requestDevice({ label: 'headgate', requiredFeatures, requiredLimits });
  forgiveScopes(device);
  return { device, facts: adapterFacts(adapter.info, device.features.has('subgroups')) };
}

/**
 * Error scopes of a lost device find nothing, instead of being rejected: the loss is told by `device.lost`, and Three.js,
 * which shares the device, does not wait for a rejection.
 */
function forgiveScopes(device: GPUDevice): void {
  const pop = device.popErrorScope.bind(device);
  device.popErrorScope = () => pop().catch(() => null);
}

/** Pure: what the adapter's own description tells. */
export function adapterFacts(info: GPUAdapterInfo, subgroups: boolean): AdapterFacts {
  const words = [info.vendor, info.architecture, info.device, info.description].join(' ').toLowerCase();
  const swiftShader = /swiftshader|google/.test(words);
  const isSoftware =
    swiftShader || /llvmpipe|lavapipe|basic render|warp/.test(words) || info.isFallbackAdapter;
  const name = swiftShader
    ? 'SwiftShader'
    : info.description || [info.vendor, info.architecture].filter((word) => word !== '').join(' ') || 'GPU';
  const subgroupSize = subgroups ? ([info.subgroupMinSize, info.subgroupMaxSize] as const) : null;
  const { driver = '', memoryHeaps = [] } = info as DeveloperInfo;
  const own = memoryHeaps.filter(({ properties }) => (properties & DEVICE_LOCAL) !== 0);
  const memory = own.length === 0 ? null : own.reduce((sum, { size }) => sum + size, 0);
  const { vendor, architecture } = info;
  return { name, vendor, architecture, driver, isSoftware, memory, subgroupSize };
}

/** Told only with WebGPU's developer features, as in the app's own windows. */
interface DeveloperInfo {
  readonly driver?: string;
  readonly memoryHeaps?: readonly { readonly size: number; readonly properties: number }[];
}
const DEVICE_LOCAL = 1;
