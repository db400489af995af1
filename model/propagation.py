"""What looks alike on a page is probably the same character: it was written by one hand.

A hand writes a character alike wherever it stands, and what is hard to name in one place may be
plain in another. So each character hears what those are named that look like it: one step of label
propagation (Zhou et al. 2004), on nothing but the page itself.

Shapes: N characters of a page, C classes, L likely classes.
"""

import torch
from torch import Tensor
from torch.nn import functional

SHARE = 0.4  # of what the others say, where they look like it
SHARPNESS = 25.0  # of the cosine similarity: who is less alike by 0.09 weighs a tenth
ALIKE = 0.6  # a single other character of this similarity is heard with half the share
LIKELY = 0.01  # classes that no character of the page has with so much probability stay out of it
LEAST = 1e-9  # what is divided by, or whose logarithm is taken, is not less
DOUBT = 1e-3  # the others never rule a class out


def propagate(log_named_NC: Tensor, presence_N: Tensor) -> Tensor:
    """Mix each character's log-probabilities with those of the page's characters that look like it.

    Characters look alike whose logits differ from the page's mean in the same direction.

    Args:
        log_named_NC: log-probability of each class, given that there is a character.
        presence_N: probability that there is one; an unlikely one has little to say.

    Returns:
        Logits, NC. Of a character that looks like no other, nearly those given.
    """
    likely_C = (log_named_NC.exp() > LIKELY).any(0)
    log_NL = log_named_NC[:, likely_C]
    turned_NL = log_NL - log_NL.mean(1, keepdim=True)
    turned_NL = functional.normalize(turned_NL - turned_NL.mean(0), dim=1)
    likeness_NN = (turned_NL @ turned_NL.T).fill_diagonal_(ALIKE)
    voice_N = presence_N.clamp(min=LEAST).log()
    heard_NN = (SHARPNESS * likeness_NN + voice_N).softmax(1).fill_diagonal_(0)
    others_N1 = heard_NN.sum(1, keepdim=True)
    said_NC = torch.full_like(log_named_NC, DOUBT)
    said_NC[:, likely_C] += heard_NN @ log_NL.exp() / others_N1.clamp(min=LEAST)
    share_N1 = SHARE * others_N1
    return (1 - share_N1) * log_named_NC + share_N1 * said_NC.log()
