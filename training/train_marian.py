"""Trains the English-Spanish Transformer, a MarianMTModel: `train_marian.py OUT`.

Pairs, split and vocabulary are those of pairs.py; measure_translation.py writes the card. Three layers a side, width
128, four heads; sines and cosines as positions; one table for both embeddings and the output.
"""

import json

import torch
from headgate_export import export_model
from transformers import MarianConfig, MarianMTModel

from common import SEED, command_line, muon_and_adamw, train
from pairs import END, PAD, UNKNOWN, load_pairs, load_tokenizer
from seq2seq import IGNORED, batches
from train_seq2seq import EXAMPLE

TOKENS = 1000  # source tokens of a step
RATE = 2e-3
SMOOTHING = 0.05  # of the labels
POSITIONS = 128


def configuration() -> MarianConfig:
    """pad 0 (which also starts the decoder), eos 1."""
    tokenizer = load_tokenizer()
    pad, end = tokenizer.token_to_id(PAD), tokenizer.token_to_id(END)
    return MarianConfig(
        vocab_size=tokenizer.get_vocab_size(), d_model=128, max_position_embeddings=POSITIONS,
        encoder_layers=3, decoder_layers=3, encoder_attention_heads=4, decoder_attention_heads=4,
        encoder_ffn_dim=512, decoder_ffn_dim=512, activation_function="swish", scale_embedding=True,
        dropout=0.0, attention_dropout=0.0, activation_dropout=0.0, init_std=0.05,
        pad_token_id=pad, eos_token_id=end, bos_token_id=None, decoder_start_token_id=pad, forced_eos_token_id=None,
        share_encoder_decoder_embeddings=True, tie_word_embeddings=True,
    )  # fmt: skip


def main() -> None:
    arguments = command_line(__doc__, minutes=30).parse_args()
    torch.manual_seed(SEED)
    tokenizer = load_tokenizer()
    pairs = load_pairs()[0]
    sources = [e.ids for e in tokenizer.encode_batch([p.english for p in pairs])]
    targets = [e.ids for e in tokenizer.encode_batch([p.spanish for p in pairs])]
    model = MarianMTModel(configuration())

    def loss_of(batch):
        source, labels = batch
        with torch.autocast("cpu", torch.bfloat16):
            before = torch.nn.functional.pad(labels.clamp_min(0)[:, :-1], (1, 0), value=model.config.pad_token_id)
            # Padding in the labels stands at the end, where the causal mask hides it from what comes before.
            logits = model(
                input_ids=source, decoder_input_ids=before, decoder_attention_mask=torch.ones_like(before)
            ).logits
        loss = torch.nn.functional.cross_entropy(
            logits.float().flatten(0, 1), labels.flatten(), ignore_index=IGNORED, label_smoothing=SMOOTHING
        )
        return loss, int((labels != IGNORED).sum())

    steppers = muon_and_adamw(model, RATE, lambda name: ".layers." in name)
    train(
        model, batches(sources, targets, TOKENS), loss_of, steppers, arguments,
        {"training_pairs": len(pairs), "rate": RATE, "tokens_per_step": TOKENS},
    )  # fmt: skip
    model.generation_config.max_length = POSITIONS
    model.generation_config.num_beams = 1
    source, target = (tokenizer.encode(text).ids for text in EXAMPLE)
    export_model(
        model, arguments.out, dtype=torch.float16,
        # The decoder reads no end token.
        example={"tokens": source, "target": target[:-1]},
    )  # fmt: skip
    tokenizer.save(str(arguments.out / "tokenizer.json"))
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast", "pad_token": PAD, "eos_token": END, "unk_token": UNKNOWN,
        "model_max_length": POSITIONS,
    }  # fmt: skip
    (arguments.out / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n")


if __name__ == "__main__":
    main()
