import json

import pytest
import torch
from safetensors.torch import load_file
from torch import nn
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    BertConfig,
    BertForMaskedLM,
    GPT2Config,
    GPT2LMHeadModel,
    MarianConfig,
    MarianMTModel,
    PreTrainedTokenizerFast,
)

from headgate_export import export_model


class Model(nn.Module):
    def __init__(self, rnn, outputs, one_hot=False, pooled=False):
        super().__init__()
        self.table = None if one_hot else nn.Embedding(7, rnn.input_size)
        self.layers = rnn
        self.head = nn.Linear((rnn.proj_size or rnn.hidden_size) * (2 if rnn.bidirectional else 1), outputs)
        self.pooled = pooled

    def forward(self, ids):
        x = nn.functional.one_hot(ids, 7).float() if self.table is None else self.table(ids)
        states, _ = self.layers(x)
        return self.head(states.mean(0 if not self.layers.batch_first else 1) if self.pooled else states)


def read(folder):
    config = json.loads((folder / "config.json").read_text())
    return config, load_file(folder / "model.safetensors"), load_file(folder / "golden.safetensors")


@pytest.mark.parametrize("batch_first", [False, True])
def test_a_language_model_describes_itself(tmp_path, batch_first):
    model = Model(nn.LSTM(4, 6, num_layers=2, batch_first=batch_first), 7)
    vocab = ["a", "b", "\n", "\\", " ", "é", "<unk>"]
    folder = export_model(model, tmp_path / "m", tokenizer=vocab, example={"tokens": [1, 2, 3, 1, 6]})
    config, weights, golden = read(folder)
    assert config["model_type"] == "rnn-lm"
    assert config["rnn"] == {
        "cell": "lstm", "hidden_size": 6, "num_layers": 2, "bidirectional": False, "bias": True, "prefix": "layers",
    }  # fmt: skip
    assert config["tensor_names"] == {
        "embedding.weight": "table.weight", "linear.weight": "head.weight", "linear.bias": "head.bias",
    }  # fmt: skip
    assert config["tokenizer"] == {"kind": "characters", "vocab": "vocab.txt", "unknown": "<unk>", "lowercase": False}
    assert (folder / "vocab.txt").read_text() == "a\nb\n\\n\n\\\\\n \né\n<unk>\n"
    torch.testing.assert_close(weights["layers.weight_hh_l1"], model.layers.weight_hh_l1)
    ids = torch.tensor([[1, 2, 3, 1, 6]])
    expected = model(ids if batch_first else ids.T).reshape(5, 7)
    torch.testing.assert_close(golden["logits"], expected)
    assert golden["rnn.1.hidden"].shape == (5, 6)
    assert golden["input_ids"].tolist() == [1, 2, 3, 1, 6]
    assert model.training


def test_taggers_and_classifiers_need_labels(tmp_path):
    model = Model(nn.GRU(4, 5, bidirectional=True), 3)
    with pytest.raises(ValueError, match="labels"):
        export_model(model, tmp_path / "a")
    export_model(model, tmp_path / "b", labels=["x", "y", "z"], example={"tokens": [0, 1]})
    config, _, golden = read(tmp_path / "b")
    assert (config["model_type"], config["rnn"]["bidirectional"]) == ("rnn-tagger", True)
    assert golden["rnn.0.reverse.hidden"].shape == (2, 5)


def test_a_pooled_classifier_over_one_hot_inputs(tmp_path):
    model = Model(nn.RNN(7, 5, nonlinearity="relu"), 2, one_hot=True, pooled=True)
    export_model(model, tmp_path, labels=["yes", "no"], pooling="mean", example={"tokens": [0, 1, 6]})
    config, _, golden = read(tmp_path)
    assert (config["model_type"], config["embedding_size"]) == ("rnn-classifier", "one-hot")
    assert config["rnn"]["nonlinearity"] == "relu"
    assert golden["logits"].shape == (2,)


def test_half_precision_and_projections(tmp_path):
    export_model(Model(nn.LSTM(4, 6, proj_size=3), 7), tmp_path, dtype=torch.float16)
    weights = load_file(tmp_path / "model.safetensors")
    assert {tensor.dtype for tensor in weights.values()} == {torch.float16}
    assert weights["layers.weight_hr_l0"].shape == (3, 6)
    assert json.loads((tmp_path / "config.json").read_text())["rnn"]["projection_size"] == 3


class Seq2Seq(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.decoder = nn.GRU(4, 4), nn.GRU(4, 4)
        self.first, self.second = nn.Linear(4, 4), nn.Linear(4, 9)


def test_other_modules_need_a_config_and_their_outputs(tmp_path):
    model = Seq2Seq()
    with pytest.raises(ValueError, match="2 layers, 2 linear, 0 embedding"):
        export_model(model, tmp_path / "a")
    with pytest.raises(ValueError, match="outputs"):
        export_model(model, tmp_path / "b", config={"model_type": "seq2seq"}, example={"tokens": [1]})
    export_model(
        model,
        tmp_path / "c",
        config={"model_type": "seq2seq"},
        files={"source_vocab.txt": ["a", "b"]},
        example={"tokens": [1, 2], "target": [3], "outputs": {"logits": torch.ones(1, 9)}},
    )
    config, weights, golden = read(tmp_path / "c")
    assert config == {"model_type": "seq2seq"}
    assert golden["target_ids"].tolist() == [3]
    assert (tmp_path / "c" / "source_vocab.txt").read_text() == "a\nb\n"
    assert len(weights) == len(model.state_dict())


def test_a_tied_head_is_stored_under_both_names(tmp_path):
    model = Model(nn.GRU(4, 4), 7)
    model.head.weight = model.table.weight
    export_model(model, tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    torch.testing.assert_close(weights["head.weight"], weights["table.weight"])


def test_a_hugging_face_decoder(tmp_path):
    torch.manual_seed(0)
    model = GPT2LMHeadModel(GPT2Config(n_embd=8, n_head=2, n_layer=2, vocab_size=11, n_positions=16)).train()
    export_model(model, tmp_path, example={"tokens": [1, 2, 3]})
    _, weights, golden = read(tmp_path)
    assert sorted(golden) == [
        "attentions.0", "attentions.1", "hidden_states.0", "hidden_states.1", "hidden_states.2", "input_ids", "logits",
    ]  # fmt: skip
    assert golden["attentions.0"].shape == (2, 3, 3)
    assert model.training
    with torch.no_grad():
        expected = model.eval()(torch.tensor([[1, 2, 3]])).logits[0]
    torch.testing.assert_close(golden["logits"], expected)
    assert any("wte" in name for name in weights)


def test_a_hugging_face_encoder(tmp_path):
    torch.manual_seed(0)
    sizes = {"hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 8, "vocab_size": 11}
    model = BertForMaskedLM(BertConfig(**sizes, max_position_embeddings=16))
    export_model(model, tmp_path, example={"tokens": [1, 2, 3]})
    _, _, golden = read(tmp_path)
    assert sorted(golden) == [
        "attentions.0", "attentions.1", "hidden_states.0", "hidden_states.1", "hidden_states.2", "input_ids", "logits",
    ]  # fmt: skip


@pytest.fixture
def marian():
    torch.manual_seed(0)
    config = MarianConfig(
        vocab_size=13, d_model=8, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=8, decoder_ffn_dim=8, max_position_embeddings=16,
        pad_token_id=0, eos_token_id=1, decoder_start_token_id=0, forced_eos_token_id=1,
    )  # fmt: skip
    return MarianMTModel(config)


@pytest.mark.parametrize("target", [[6, 7], [0, 6, 7]])
def test_a_hugging_face_encoder_decoder(tmp_path, marian, target):
    export_model(marian, tmp_path, example={"tokens": [3, 4, 5, 1], "target": target})
    _, _, golden = read(tmp_path)
    assert golden["cross_attentions.0"].shape == (2, 3, 4)
    assert golden["encoder_hidden_states.1"].shape == (4, 8)
    # Headgate puts the start token in front.
    assert golden["target_ids"].tolist() == [6, 7]
    with torch.no_grad():
        ids = {"input_ids": torch.tensor([[3, 4, 5, 1]]), "decoder_input_ids": torch.tensor([[0, 6, 7]])}
        torch.testing.assert_close(golden["logits"], marian.eval()(**ids).logits[0])


def test_an_encoder_decoder_needs_a_target(tmp_path, marian):
    with pytest.raises(ValueError, match="target"):
        export_model(marian, tmp_path, example={"tokens": [3, 1]})


def test_the_example_is_that_of_the_stored_weights(tmp_path, marian):
    example = {"tokens": [3, 4, 1], "target": [6]}
    export_model(marian, tmp_path / "half", example=example, dtype=torch.float16)
    _, weights, golden = read(tmp_path / "half")
    assert {tensor.dtype for tensor in weights.values()} == {torch.float16}
    # Tied tables are stored once.
    assert len(weights) < len(marian.state_dict())
    again = MarianMTModel.from_pretrained(tmp_path / "half", dtype=torch.float32)
    export_model(again, tmp_path / "again", example=example)
    torch.testing.assert_close(golden["logits"], read(tmp_path / "again")[2]["logits"])
    assert next(marian.parameters()).dtype == torch.float32
    # A module that is itself in half precision: Headgate reads its weights, and computes in float32.
    export_model(again.half(), tmp_path / "own", example=example)
    torch.testing.assert_close(golden["logits"], read(tmp_path / "own")[2]["logits"])

    recurrent = Model(nn.GRU(4, 5), 7)
    export_model(recurrent, tmp_path / "gru", example={"tokens": [1, 2, 3]}, dtype=torch.bfloat16)
    golden = read(tmp_path / "gru")[2]
    expected = recurrent.to(torch.bfloat16).float()(torch.tensor([[1, 2, 3]]).T).reshape(3, 7)
    torch.testing.assert_close(golden["logits"], expected)


def test_a_hugging_face_tokenizer_reads_the_text_of_the_example(tmp_path):
    tokenizer = Tokenizer(models.WordLevel({"call": 0, "me": 1, "<unk>": 2}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="<unk>")
    model = GPT2LMHeadModel(GPT2Config(n_embd=8, n_head=2, n_layer=1, vocab_size=3, n_positions=16))
    export_model(model, tmp_path, tokenizer=fast, example={"text": "call me you"})
    assert (tmp_path / "tokenizer.json").exists()
    assert read(tmp_path)[2]["input_ids"].tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="text"):
        export_model(model, tmp_path, example={"text": "call me"})


class Pooled(nn.Module):
    """A classifier that makes one vector of its states in a way of its own."""

    def __init__(self, pool, bidirectional=False):
        super().__init__()
        self.table = nn.Embedding(7, 4)
        self.layers = nn.GRU(4, 6, bidirectional=bidirectional, batch_first=True)
        self.head = nn.Linear(12 if bidirectional else 6, 2)
        self.pool = pool

    def forward(self, ids):
        return self.head(self.pool(*self.layers(self.table(ids))))


@pytest.mark.parametrize(
    ("pool", "bidirectional", "expected"),
    [
        (lambda states, last: last[-1], False, "last"),
        (lambda states, last: states[:, -1], False, "last"),
        (lambda states, last: torch.cat([last[-2], last[-1]], -1), True, "last"),
        (lambda states, last: states.mean(1), True, "mean"),
        (lambda states, last: states.sum(1), True, "sum"),
        (lambda states, last: states.amax(1), False, "max"),
    ],
)
def test_the_pooling_is_what_the_module_does(tmp_path, pool, bidirectional, expected):
    folder = export_model(
        Pooled(pool, bidirectional), tmp_path / "m", labels=["a", "b"], example={"tokens": [1, 2, 3]}
    )
    config, _, golden = read(folder)
    assert (config["model_type"], config["pooling"]) == ("rnn-classifier", expected)
    assert golden["logits"].shape == (2,)


def test_a_pooling_that_headgate_does_not_have_is_refused(tmp_path):
    odd = Pooled(lambda states, last: states[:, 0] * 2)
    with pytest.raises(ValueError, match="pooling: .* neither"):
        export_model(odd, tmp_path / "a", labels=["a", "b"])
    with pytest.raises(ValueError, match="“max” was given, but the module itself takes the mean"):
        export_model(Pooled(lambda states, last: states.mean(1)), tmp_path / "b", labels=["a", "b"], pooling="max")
    tagger = Model(nn.GRU(4, 6), 2)
    with pytest.raises(ValueError, match="labels each token"):
        export_model(tagger, tmp_path / "c", labels=["a", "b"], pooling="last")


def test_the_problem_type_stands_in_the_config(tmp_path):
    model = Model(nn.GRU(4, 6), 2, pooled=True)
    kind = "multi_label_classification"
    folder = export_model(model, tmp_path / "m", labels=["a", "b"], problem_type=kind)
    assert json.loads((folder / "config.json").read_text())["problem_type"] == kind


@pytest.mark.parametrize(
    ("words", "lowercase"),
    [(["<unk>", "the", "whale"], True), (["[UNK]", "the", "whale"], True), (["<unk>", "The", "whale"], False),
     (["[PAD]", "[UNK]", "the"], True)],
)  # fmt: skip
def test_words_in_lower_case_are_looked_up_in_lower_case(tmp_path, words, lowercase):
    folder = export_model(Model(nn.GRU(4, 6), 7), tmp_path / "m", tokenizer=words)
    assert json.loads((folder / "config.json").read_text())["tokenizer"]["lowercase"] is lowercase


def test_special_entries_make_no_words_of_characters(tmp_path):
    folder = export_model(Model(nn.GRU(4, 6), 7), tmp_path / "m", tokenizer=["[PAD]", "[UNK]", "a", "B"])
    expected = {"kind": "characters", "vocab": "vocab.txt", "unknown": "[UNK]", "lowercase": False}
    assert json.loads((folder / "config.json").read_text())["tokenizer"] == expected


def test_a_state_dict_needs_a_config(tmp_path):
    model = Model(nn.GRU(4, 6), 7)
    with pytest.raises(ValueError, match="state dict"):
        export_model(model.state_dict(), tmp_path / "a")
    with pytest.raises(ValueError, match="list is no torch.nn.Module"):
        export_model([], tmp_path / "b")
    config = json.loads((export_model(model, tmp_path / "c") / "config.json").read_text())
    folder = export_model(model.state_dict(), tmp_path / "d", config=config)
    stored = load_file(folder / "model.safetensors")
    assert {name: tuple(tensor.shape) for name, tensor in stored.items()} == {
        name: tuple(tensor.shape) for name, tensor in model.state_dict().items()
    }


class Odd(Model):
    """A module whose forward can't be run, or passes one of its parts by."""

    def __init__(self, way):
        super().__init__(nn.LSTM(4, 6, batch_first=True), 2)
        self.way = way

    def forward(self, ids):
        if self.way == "fails":
            raise RuntimeError("boom")
        return self.layers(self.table(ids))[0]


STATE = {"table.weight": torch.ones(7, 4)}
CONFIG = {"model_type": "rnn-lm", "vocab_size": 7}


@pytest.mark.parametrize(
    ("module", "given", "said"),
    [
        (STATE, {}, "module: a state dict does not tell its layers"),
        ({"state_dict": STATE}, {"config": CONFIG}, "module: “state_dict” is no tensor"),
        ({}, {"config": CONFIG}, "module: it has no weights"),
        ({"a": torch.ones(2, device="meta")}, {"config": CONFIG}, "module: “a” has no values"),
        ({"a": torch.ones(2, dtype=torch.complex64)}, {"config": CONFIG}, "module: “a” is complex"),
        (Odd("fails"), {"labels": ["x", "y"]}, "module: its forward can't be run .* boom"),
        (Odd("no head"), {"labels": ["x", "y"]}, "module: its forward does not use its nn.Linear"),
        (STATE, {"config": [1]}, "config: it must be a dictionary"),
        (STATE, {"config": {**CONFIG, "x": torch.ones(1)}}, "config: it can't be written as JSON"),
        (STATE, {"config": CONFIG, "labels": ["x"]}, "labels: a `config` says it itself"),
        (None, {"labels": "xy"}, "labels: give a list of texts"),
        (None, {"pooling": "first"}, "pooling: “first” is none of last, mean, sum, max"),
        (None, {"problem_type": "multi"}, "problem_type: “multi” is none of"),
        (None, {"dtype": "float16"}, "dtype: 'float16' is none of"),
        (None, {"dtype": torch.int8}, "dtype: torch.int8 is none of"),
        (None, {"tokenizer": "nowhere.json"}, "tokenizer: there is no file nowhere.json"),
        (None, {"tokenizer": []}, "tokenizer: the list of entries is empty"),
        (None, {"tokenizer": [1]}, "tokenizer: entry 0 is 1"),
        (None, {"tokenizer": {"a": 0, "b": 2}}, "tokenizer: the ids of a dictionary must be 0 to 1"),
        (None, {"tokenizer": list("abcdefgh")}, "tokenizer: it has 8 entries; the model has 7"),
        (None, {"files": {"../x.txt": ["a"]}}, "files: “../x.txt” must be a file's name"),
        (None, {"example": "hi"}, "example: give"),
        (None, {"example": {"text": "hi"}}, "example: these models take"),
        (None, {"example": {"tokens": []}}, "example: “tokens” must be a list of ids"),
        (None, {"example": {"tokens": [1.5]}}, "example: “tokens” must be a list of ids"),
        (None, {"example": {"tokens": [9]}}, "example: id 9 is beyond the 7 rows"),
    ],
)
def test_what_does_not_fit_is_told_before_anything_is_written(tmp_path, module, given, said):
    model = Model(nn.LSTM(4, 6, batch_first=True), 7) if module is None else module
    with pytest.raises(ValueError, match=f"^{said}"):
        export_model(model, tmp_path / "m", **given)
    assert not (tmp_path / "m").exists()


def test_a_path_that_is_a_file_is_named(tmp_path):
    (tmp_path / "x").write_text("")
    with pytest.raises(ValueError, match="^path: .*x is a file, not a folder"):
        export_model(Model(nn.LSTM(4, 6), 7), tmp_path / "x" / "m")


def test_a_dictionary_is_a_vocabulary_by_its_ids(tmp_path):
    vocab = {"c": 2, "": 0, "b": 1}
    export_model(Model(nn.LSTM(4, 6), 7), tmp_path / "m", tokenizer=vocab)
    assert (tmp_path / "m" / "vocab.txt").read_text() == "\nb\nc\n"
