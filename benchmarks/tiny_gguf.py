"""Write a tiny Llama model of random weights as a GGUF file: what `llama-bench` needs to run, and no model to fetch.

`gguf` is among the development packages: `.venv/bin/python -m benchmarks.tiny_gguf tiny.gguf`. Four layers of 256
dimensions, about 2.5 MB. The numbers it computes mean nothing, the time it takes does; weights come from a fixed seed,
so that equal versions of `gguf` and `numpy` write equal bytes.
"""

import sys

import gguf
import numpy

LAYERS, WIDTH, HEADS, INNER, WORDS, CONTEXT = 4, 256, 4, 768, 2048, 2048
BYTES = 256
"""Tokens 3 to 258 stand for the bytes, as a SentencePiece vocabulary with byte fallback has them."""


def _tokens() -> tuple[list[bytes], list[float], list[int]]:
    kinds = gguf.TokenType
    words = [b"<unk>", b"<s>", b"</s>", *(f"<0x{byte:02X}>".encode() for byte in range(BYTES))]
    types = [kinds.UNKNOWN, kinds.CONTROL, kinds.CONTROL, *[kinds.BYTE] * BYTES]
    more = WORDS - len(words)
    words += [f"word{number}".encode() for number in range(more)]
    return words, [0.0] * WORDS, [int(kind) for kind in [*types, *[kinds.NORMAL] * more]]


def _describe(writer: "gguf.GGUFWriter") -> None:
    writer.add_name("carbon-fleet tiny random")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(WORDS)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q4_0)
    words, scores, types = _tokens()
    writer.add_tokenizer_model("llama")
    writer.add_token_list(words)
    writer.add_token_scores(scores)
    writer.add_token_types(types)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)


def _shapes() -> dict[str, tuple[int, ...]]:
    """Tensor names to shapes, rows first, as Llama models name them."""
    shapes: dict[str, tuple[int, ...]] = {
        "token_embd": (WORDS, WIDTH),
        "output": (WORDS, WIDTH),
        "output_norm": (WIDTH,),
    }
    for layer in range(LAYERS):
        square = dict.fromkeys(("attn_q", "attn_k", "attn_v", "attn_output"), (WIDTH, WIDTH))
        inner = {"ffn_gate": (INNER, WIDTH), "ffn_up": (INNER, WIDTH), "ffn_down": (WIDTH, INNER)}
        norms = dict.fromkeys(("attn_norm", "ffn_norm"), (WIDTH,))
        shapes |= {f"blk.{layer}.{name}": shape for name, shape in {**square, **inner, **norms}.items()}
    return shapes


def write(path: str) -> None:
    """Write the model to `path`."""
    random = numpy.random.default_rng(7)
    writer = gguf.GGUFWriter(path, "llama")
    _describe(writer)
    for name, shape in _shapes().items():
        if len(shape) == 1:
            writer.add_tensor(f"{name}.weight", numpy.ones(shape, numpy.float32))
            continue
        weights = random.standard_normal(shape, dtype=numpy.float32) * 0.02
        packed = gguf.quants.quantize(weights, gguf.GGMLQuantizationType.Q4_0)
        writer.add_tensor(f"{name}.weight", packed, raw_dtype=gguf.GGMLQuantizationType.Q4_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    write(sys.argv[1])
