import json

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.numpy import save_file
from transformers import GPT2Config, GPT2LMHeadModel

from headgate_export import load_capture, save_capture


def test_round_trip(tmp_path):
    path = tmp_path / "run.safetensors"
    random = np.random.default_rng(1)
    hidden = [random.normal(size=(3, 4)) for _ in range(2)]
    attention = [random.normal(size=(1, 2, 3, 3))]
    save_capture(
        path,
        tokens=["a", {"id": 7, "text": " b"}, "ü"],
        hidden_states=hidden,
        attentions=attention,
        logits=random.normal(size=(3, 5)),
        tensors={"rnn.0.gradient_norm": [1, 2, 3]},
        model="mine",
        config={"layers": 2},
    )
    capture = load_capture(path)
    assert [token["text"] for token in capture.tokens] == ["a", " b", "ü"]
    assert capture.tokens[1]["id"] == 7
    assert (capture.model, capture.config, capture.source_tokens) == ("mine", {"layers": 2}, None)
    assert sorted(capture.tensors) == ["attentions.0", "hidden_states.0", "hidden_states.1", "logits", "rnn.0.gradient_norm"]
    assert capture.tensors["attentions.0"].shape == (2, 3, 3)
    assert all(tensor.dtype == np.float32 for tensor in capture.tensors.values())
    np.testing.assert_allclose(capture.tensors["hidden_states.1"], hidden[1], rtol=1e-6)


def test_metadata_are_strings(tmp_path):
    path = tmp_path / "run.safetensors"
    save_capture(path, tokens=["x"], source_tokens=["p", "q"], cross_attentions=[np.ones((1, 1, 2))])
    with safe_open(str(path), "np") as file:
        metadata = file.metadata()
    assert metadata["headgate"] == "1"
    assert len(json.loads(metadata["source_tokens"])) == 2


def test_what_a_hugging_face_model_gives(tmp_path):
    path = tmp_path / "run.safetensors"
    config = GPT2Config(n_embd=8, n_head=2, n_layer=1, vocab_size=11, n_positions=16)
    model = GPT2LMHeadModel._from_config(config, attn_implementation="eager", dtype=torch.bfloat16)
    out = model(torch.tensor([[1, 2, 3]]), output_hidden_states=True, output_attentions=True)
    save_capture(
        path, tokens=list("abc"), hidden_states=out.hidden_states, attentions=out.attentions, logits=out.logits
    )
    capture = load_capture(path)
    assert capture.tensors["hidden_states.1"].shape == (3, 8)
    assert capture.tensors["attentions.0"].shape == (2, 3, 3)
    np.testing.assert_array_equal(capture.tensors["logits"], out.logits[0].detach().float().numpy())


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"hidden_states": [np.ones((2, 4))]}, "hidden_states.0"),
        ({"attentions": [np.ones((1, 3, 2))]}, "attentions.0"),
        ({"logits": np.ones((4, 9))}, "logits"),
        ({"attentions": (None, None)}, "eager"),
        ({}, "at least one array"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path, arguments, named):
    path = tmp_path / "run.safetensors"
    with pytest.raises(ValueError, match=named):
        save_capture(path, tokens=["a", "b", "c"], **arguments)
    assert not path.exists()


def test_a_misspelt_group_is_refused(tmp_path):
    with pytest.raises(TypeError, match="attention_weights"):
        save_capture(tmp_path / "x", tokens=["a"], attention_weights=[np.ones((1, 1, 1))])


def test_a_file_that_is_no_capture(tmp_path):
    path = tmp_path / "weights.safetensors"
    save_file({"w": np.ones(3, dtype=np.float32)}, str(path))
    with pytest.raises(ValueError, match="no capture"):
        load_capture(path)
