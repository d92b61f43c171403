"""Pages that a server shows instead of the one that was asked for, to keep programs out."""

import re

from linkmgr.network.request import Response

# In the address to which the visitor is sent: Amazon's /errors/validateCaptcha, Google's /sorry/.
_ADDRESS = re.compile(r"captcha|/challenge(?:[/?]|$)|/sorry/|/cdn-cgi/", re.IGNORECASE)
# Headers by which Cloudflare and AWS WAF mark a challenge.
_HEADERS = ("cf-mitigated", "x-amzn-waf-action")
# Phrases of such pages: Amazon's, Cloudflare's, DataDome's, PerimeterX', Imperva's, AWS WAF's.
_CERTAIN = re.compile(
    r"api-services-support@amazon|/errors/validateCaptcha|画像に表示されている文字"
    r"|<title[^>]*>\s*Robot Check"
    r"|_cf_chl_|cf-challenge|captcha-delivery\.com|px-captcha|_Incapsula_Resource|awsWafCookie"
    r"|AwsWafIntegration|ロボットではありません|are you a (?:human|robot)",
    re.IGNORECASE,
)
# A short page with this word is nothing else; a product's page may have it in a form.
_WORD = re.compile(r"captcha", re.IGNORECASE)
_SHORT = 16_384


def is_captcha(response: Response, target: str) -> bool:
    """Whether a response asks for a human. `target`: where redirects led, empty without any."""
    if _ADDRESS.search(target):
        return True
    if any(name in response.headers for name in _HEADERS):
        return True
    if _CERTAIN.search(response.body):
        return True
    is_short = response.is_whole and len(response.body) < _SHORT
    return is_short and bool(_WORD.search(response.body))
