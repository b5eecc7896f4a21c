"""The jobs' programs in WGSL. One workgroup holds 256 invocations, the most every WebGPU device offers."""

from __future__ import annotations

WORKGROUP = 256
SIDE = 64
"""Rows and columns of the result that one workgroup of `matmul` computes: n must be a multiple."""

_PER_ELEMENT = """
@group(0) @binding(0) var<storage, read> a: array<{type}>;
@group(0) @binding(1) var<storage, read_write> out: array<{type}>;

@compute @workgroup_size({workgroup})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {{
    let i = id.x;
    if (i >= arrayLength(&a)) {{ return; }}
    out[i] = {expression};
}}
"""

_SUM = """
@group(0) @binding(0) var<storage, read> a: array<{type}>;
@group(0) @binding(1) var<storage, read_write> out: array<{type}>;
var<workgroup> part: array<{type}, {workgroup}>;

@compute @workgroup_size({workgroup})
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(local_invocation_index) own: u32,
        @builtin(workgroup_id) group: vec3<u32>) {{
    part[own] = {type}(0);
    if (id.x < arrayLength(&a)) {{ part[own] = a[id.x]; }}
    workgroupBarrier();
    for (var half = {workgroup}u / 2u; half > 0u; half = half / 2u) {{
        if (own < half) {{ part[own] = part[own] + part[own + half]; }}
        workgroupBarrier();
    }}
    if (own == 0u) {{ out[group.x] = part[0]; }}
}}
"""

# 16 by 16 invocations, each with 4 by 4 results in registers: tiles of both factors pass through workgroup memory, 16
# columns of `a` and 16 rows of `b` at a time. Without that reuse a GPU waits for memory, and looks like a CPU.
_MATMUL = """
const N4 = {n}u / 4u;
@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<f32>>;
var<workgroup> left: array<vec4<f32>, 256>;
var<workgroup> right: array<vec4<f32>, 256>;

@compute @workgroup_size(16, 16)
fn main(@builtin(local_invocation_id) own: vec3<u32>, @builtin(local_invocation_index) t: u32,
        @builtin(workgroup_id) group: vec3<u32>) {{
    let row = group.y * 64u;
    let column = group.x * 16u;
    var sum: array<vec4<f32>, 4>;
    for (var k = 0u; k < {n}u; k = k + 16u) {{
        left[t] = a[(row + t / 4u) * N4 + k / 4u + t % 4u];
        right[t] = b[(k + t / 16u) * N4 + column + t % 16u];
        workgroupBarrier();
        for (var q = 0u; q < 4u; q = q + 1u) {{
            let b0 = right[q * 64u + own.x];
            let b1 = right[q * 64u + 16u + own.x];
            let b2 = right[q * 64u + 32u + own.x];
            let b3 = right[q * 64u + 48u + own.x];
            for (var r = 0u; r < 4u; r = r + 1u) {{
                let f = left[(own.y * 4u + r) * 4u + q];
                sum[r] = sum[r] + f.x * b0 + f.y * b1 + f.z * b2 + f.w * b3;
            }}
        }}
        workgroupBarrier();
    }}
    for (var r = 0u; r < 4u; r = r + 1u) {{
        out[(row + own.y * 4u + r) * N4 + column + own.x] = sum[r];
    }}
}}
"""


def per_element(expression: str, scalar: str) -> str:
    """A program that puts `expression` (of `a[i]`) into `out[i]` for each element of type `scalar`."""
    return _PER_ELEMENT.format(type=scalar, expression=expression, workgroup=WORKGROUP)


def partial_sums(scalar: str) -> str:
    """A program that adds each 256 elements into one, as a tree."""
    return _SUM.format(type=scalar, workgroup=WORKGROUP)


def matmul(n: int) -> str:
    """A program for the product of two n by n float matrices in row order; n is a multiple of `SIDE`."""
    return _MATMUL.format(n=n)
