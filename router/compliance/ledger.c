#include "router/compliance/ledger.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

void ledger_leaf(struct span record, char out[LEDGER_LEAF_MAX])
{
	static const char digits[] = "0123456789abcdef";
	static const unsigned char prefix[1] = {0x00};
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned length = 0;
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	/* These fail only where there is no memory, or no SHA-256 in the library. */
	if (!context || !EVP_DigestInit_ex(context, EVP_sha256(), NULL) ||
	    !EVP_DigestUpdate(context, prefix, sizeof(prefix)) ||
	    !EVP_DigestUpdate(context, record.at, record.length) ||
	    !EVP_DigestFinal_ex(context, hash, &length)) {
		fputs("SHA-256 is not available\n", stderr);
		exit(1);
	}
	EVP_MD_CTX_free(context);
	for (size_t i = 0; i < 32; i++) {
		out[2 * i] = digits[hash[i] >> 4];
		out[2 * i + 1] = digits[hash[i] & 0x0F];
	}
	out[64] = '\0';
}
